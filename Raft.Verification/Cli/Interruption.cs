using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Raft.Verification.Cli;

/// <summary>
/// Ctrl-C, or a polite kill: the first asks the work to end early, and to report what it has; one that comes a second later or more ends
/// the process at once. In between they count as one: some senders signal a process and its group, so that it gets two.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _asked = new();
    private readonly Stopwatch _since = new();
    private readonly PosixSignalRegistration[] _signals;

    /// <summary>From now on, and until it is disposed.</summary>
    public Interruption() =>
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask)];

    /// <summary>Set once somebody asked.</summary>
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
