using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Raft.Verification.Cli;

/// <summary>
/// Handles Ctrl-C and SIGTERM. The first asks the work to end early and to report its results so far. Another one at least a second later
/// ends the process at once. Within the second they count as one, because some senders signal a process and its group.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _asked = new();
    private readonly Stopwatch _since = new();
    private readonly PosixSignalRegistration[] _signals;

    /// <summary>Handles the signals until it is disposed.</summary>
    public Interruption() =>
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];

    /// <summary>Cancelled when the user asks to stop.</summary>
    public CancellationToken Asked => _asked.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _asked.Dispose();
    }

    private void Ask(PosixSignalContext signal)
    {
        signal.Cancel = _since.Elapsed < _patience;
        _since.Start();
        _asked.Cancel();
    }
}
