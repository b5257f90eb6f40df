using Raft.Impl.Core;
using Raft.Impl.Node;

namespace Raft.Hosting;

/// <summary>
/// Notes what the health checks ask: since when the server knows no leader, and up to where leaders have reported the log to be committed.
/// The node's loop writes; any thread reads.
/// </summary>
/// <param name="clock">The clock of the node.</param>
internal sealed class ServerObserver(TimeProvider clock) : IRaftObserver
{
    private const long _hasLeader = -1;
    private long _leaderlessSince = clock.GetTimestamp();
    private long _reportedCommit;

    /// <summary>How long the server has not known a leader; null: it knows one.</summary>
    public TimeSpan? TimeWithoutLeader =>
        Volatile.Read(ref _leaderlessSince) is var since and not _hasLeader ? clock.GetElapsedTime(since) : null;

    /// <summary>The highest index that is known to be committed in the cluster. A follower may not have that entry yet.</summary>
    public LogIndex ReportedCommit => new(Volatile.Read(ref _reportedCommit));

    public void Started(RaftCore core) => Stepped(core, null, null);

    void IRaftObserver.Stepped(RaftCore core, Input input, Output output) => Stepped(core, input, output);

    private void Stepped(RaftCore core, Input? input, Output? output)
    {
        if (core.Leader is not null)
        {
            Volatile.Write(ref _leaderlessSince, _hasLeader);
        }
        else if (_leaderlessSince == _hasLeader)
        {
            Volatile.Write(ref _leaderlessSince, clock.GetTimestamp());
        }

        var message = output?.Rejected is null ? (input as MessageReceived)?.Message : null;
        var reported = LogIndex.Max(core.CommitIndex, message switch
        {
            AppendEntries append when append.Term == core.CurrentTerm => append.LeaderCommit,
            InstallSnapshot snapshot => snapshot.LastIndex,
            _ => LogIndex.Zero,
        });
        if (reported.Value > _reportedCommit)
        {
            Volatile.Write(ref _reportedCommit, reported.Value);
        }
    }
}
