using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Specifications;

namespace Raft.Verification.Conformance;

/// <summary>
/// The model beside a core that a scenario drives itself, outside of the cluster. Each life of the core begins with what its storage holds.
/// </summary>
/// <param name="monitor">Counts the steps; null: nothing is compared.</param>
/// <param name="logs">The logs of the models of cores that send each other messages.</param>
internal sealed class LoneModel(ConformanceMonitor? monitor, ModelLogs logs)
{
    // A scenario also tries terms and indexes near their maximum, where a log would have too many entries. There nothing is compared.
    private const int _greatest = 1 << 20;

    private FollowedServer? _server;

    /// <summary>The core starts.</summary>
    /// <exception cref="PropertyFailure">The model differs.</exception>
    public void Start(RaftCore core)
    {
        if (monitor is not null && IsSmall(core))
        {
            _server = new FollowedServer(core.Id, core.Members.AsSpan(), logs, coverage: monitor.Coverage);
            Report(core, "started", _server.Start(core));
        }
    }

    /// <summary>The core took a step.</summary>
    /// <exception cref="PropertyFailure">The model differs.</exception>
    public void Step(RaftCore core, Input input, Output output)
    {
        if (_server is null || !IsSmall(core))
        {
            _server = null;
            return;
        }

        // The scenario may play the servers that committed what a snapshot covers.
        if (input is MessageReceived { Message: InstallSnapshot snapshot } && output.Rejected is null)
        {
            Commit(snapshot.LastIndex, snapshot.LastTerm, core);
        }

        monitor!.CountStep();
        Report(core, $"handled {input}", _server.Step(core, input, output, LogIndex.Zero));
        Commit(core.CommitIndex, core.Log.Snapshot.LastTerm, core);
    }

    // Of entries that no log holds any more, only the last term of the snapshot is known.
    private void Commit(LogIndex last, Term snapshotTerm, RaftCore core)
    {
        for (var index = new LogIndex(logs.Committed + 1); index <= last; index = index.Next)
        {
            var isHeld = index >= core.Log.FirstIndex && index <= core.Log.LastIndex && index <= core.CommitIndex;
            FollowedServer.Commit(logs, isHeld ? core.Log[index] : new LogEntry(snapshotTerm, default));
        }
    }

    private static bool IsSmall(RaftCore core) => core.CurrentTerm.Value < _greatest && core.Log.LastIndex.Value < _greatest;

    private static void Report(RaftCore core, string what, string? difference)
    {
        if (difference is not null)
        {
            throw new PropertyFailure(ConformanceMonitor.Name, $"{core.Id} {what}, but {difference}.");
        }
    }
}
