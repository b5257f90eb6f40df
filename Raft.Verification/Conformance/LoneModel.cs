using Raft.Impl.Core;
using Raft.Model.Spec;
using Raft.Verification.Specifications;

namespace Raft.Verification.Conformance;

/// <summary>The model beside a core that a scenario drives itself, outside of the cluster.</summary>
/// <param name="monitor">Counts the steps; null: nothing is compared.</param>
/// <param name="logs">The logs of the models of cores that send each other messages.</param>
internal sealed class LoneModel(ConformanceMonitor? monitor, ModelLogs logs)
{
    // A scenario takes fewer steps. It also tries terms and indexes near their maximum.
    private const int _low = 1 << 10;

    private FollowedServer? _server;

    /// <summary>The core starts with what its storage holds.</summary>
    /// <exception cref="PropertyFailure">The model differs.</exception>
    public void Start(RaftCore core)
    {
        if (monitor is not null)
        {
            _server = new FollowedServer(core.Id, core.Members.AsSpan(), logs, core.Protocol, coverage: monitor.Coverage, low: _low);
            Report(core, "started", _server.Start(core));
        }
    }

    /// <summary>The core starts again.</summary>
    /// <param name="core">The core.</param>
    /// <param name="stored">How many writes of its last life are in its storage.</param>
    /// <exception cref="PropertyFailure">The model differs.</exception>
    public void Restart(RaftCore core, long stored)
    {
        if (_server is not null)
        {
            Report(core, "started again", _server.Restart(core, stored));
        }
    }

    /// <summary>The core took a step.</summary>
    /// <exception cref="PropertyFailure">The model differs.</exception>
    public void Step(RaftCore core, Input input, Output output)
    {
        if (_server is null)
        {
            return;
        }

        CommitCovered(_server, core, input, output);
        monitor!.CountStep();
        Report(core, $"handled {input}", _server.Step(core, input, output, LogIndex.Zero));
        Commit(_server, core, core.CommitIndex, core.Log.Snapshot.LastTerm);
    }

    /// <summary>A copy of the core takes a step, which must be one of the model too. The core and its model stay as they are.</summary>
    /// <param name="core">The core.</param>
    /// <param name="input">The step.</param>
    /// <param name="images">What its disk holds, and what it holds after each write in flight but the last.</param>
    /// <param name="held">The messages that wait for a write, numbered from the last durable one.</param>
    /// <exception cref="PropertyFailure">The model differs.</exception>
    public void StepCopy(
        RaftCore core, Input input, IReadOnlyList<DurableState> images, IReadOnlyList<OutgoingMessage> held)
    {
        // The specification has no last term: after each begins another.
        if (monitor is null || _server is null || input is MessageReceived { Message: TimeoutNow { Term.Value: Term.MaxValue } })
        {
            return;
        }

        var copy = core.Canonical();
        var server = new FollowedServer(
            core.Id, core.Members.AsSpan(), new ModelLogs(), core.Protocol, coverage: monitor.Coverage, low: _low);
        server.Begin(_server.WithProtocol(server.StateOf(copy, images, held)), held);
        var output = copy.Step(input);
        CommitCovered(server, copy, input, output);
        monitor.CountStep();
        Report(core, $"as a copy, handled {input}", server.Step(copy, input, output, LogIndex.Zero));
    }

    // The scenario may play the servers that committed what a snapshot covers.
    private static void CommitCovered(FollowedServer server, RaftCore core, Input input, Output output)
    {
        if (input is MessageReceived { Message: InstallSnapshot snapshot } && output.Rejected is null)
        {
            Commit(server, core, snapshot.LastIndex, snapshot.LastTerm);
        }
    }

    // Of entries that no log holds any more, only the last term of the snapshot is known.
    private static void Commit(FollowedServer server, RaftCore core, LogIndex last, Term snapshotTerm)
    {
        for (var index = server.NextCommitted; index <= last; index = server.NextCommitted)
        {
            var isHeld = index >= core.Log.FirstIndex && index <= core.Log.LastIndex && index <= core.CommitIndex;
            server.Commit(isHeld ? core.Log[index] : new LogEntry(snapshotTerm, default));
        }
    }

    private static void Report(RaftCore core, string what, string? difference)
    {
        if (difference is not null)
        {
            throw new PropertyFailure(ConformanceMonitor.Name, $"{core.Id} {what}, but {difference}.");
        }
    }
}
