using System.Diagnostics;
using System.Diagnostics.Metrics;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

// Metrics and spans (RaftTelemetry). Without a listener, a step costs a few comparisons.
public sealed partial class RaftNode
{
    private static readonly Gauge<long>[] _gauges =
    [
        RaftTelemetry.Term,
        RaftTelemetry.Role,
        RaftTelemetry.LastIndex,
        RaftTelemetry.CommitIndex,
        RaftTelemetry.AppliedIndex,
        RaftTelemetry.SnapshotIndex,
        RaftTelemetry.Backlog,
        RaftTelemetry.Inbox,
        RaftTelemetry.Writes,
        RaftTelemetry.Reads,
        RaftTelemetry.MatchIndex,
        RaftTelemetry.InFlight,
    ];

    private readonly Queue<(long Write, long Began)> _timedWrites = new();
    private readonly Queue<(LogIndex Index, long Began)> _timedCommits = new();

    private TagList Tags => _counts.Tags;

    // After each step.
    private void Measure(Input input, Output output)
    {
        CountProposals(output.Proposals);
        TimeWrites(input, output);
        TimeCommits(output.Proposals);
        if (_core.Role == Role.Candidate && _status.Term != _core.CurrentTerm && RaftTelemetry.Elections.Enabled)
        {
            RaftTelemetry.Elections.Add(1, Tags);
        }

        if (!Array.Exists(_gauges, gauge => gauge.Enabled))
        {
            return;
        }

        RaftTelemetry.Term.Record(_core.CurrentTerm.Value, Tags);
        RaftTelemetry.Role.Record((long)_core.Role, Tags);
        RaftTelemetry.LastIndex.Record(_core.Log.LastIndex.Value, Tags);
        RaftTelemetry.CommitIndex.Record(_core.CommitIndex.Value, Tags);
        RaftTelemetry.AppliedIndex.Record(_committed.LastTaken.Value, Tags);
        RaftTelemetry.SnapshotIndex.Record(_core.Log.Snapshot.LastIndex.Value, Tags);
        RaftTelemetry.Backlog.Record(_core.UnappliedBytes, Tags);
        RaftTelemetry.Inbox.Record(_inbox.WaitingBytes, Tags);
        RaftTelemetry.Writes.Record(_bytesInFlight, Tags);
        RaftTelemetry.Reads.Record(Volatile.Read(ref _pendingReads), Tags);
        MeasureFollowers();
    }

    private void MeasureFollowers()
    {
        if (_core.Role != Role.Leader)
        {
            return;
        }

        foreach (var member in _core.Members)
        {
            if (member != Id)
            {
                var tags = Tags;
                tags.Add(RaftTelemetry.FollowerTag, member.Value);
                RaftTelemetry.MatchIndex.Record(_core.ProgressOf(member).MatchIndex.Value, tags);
                RaftTelemetry.InFlight.Record(_core.InFlightTo(member).Bytes, tags);
            }
        }
    }

    private void CountProposals(IReadOnlyList<Proposal> proposals)
    {
        if (proposals.Count == 0 || (!RaftTelemetry.Proposals.Enabled && !RaftTelemetry.Refusals.Enabled))
        {
            return;
        }

        var taken = 0;
        for (var i = 0; i < proposals.Count; i++)
        {
            if (proposals[i].IsTaken)
            {
                taken++;
            }
            else if (proposals[i].Refusal != ProposalRefusal.Backlog)
            {
                _counts.MeasureRefusal(proposals[i].Refusal);
            }
        }

        if (taken > 0)
        {
            RaftTelemetry.Proposals.Add(taken, Tags);
        }
    }

    private void TimeWrites(Input input, Output output)
    {
        if (output.Write is { } write && RaftTelemetry.WriteDuration.Enabled)
        {
            _timedWrites.Enqueue((write.Sequence, Now()));
        }

        while (input is WriteDurable && _timedWrites.TryPeek(out var oldest) && oldest.Write <= _durable)
        {
            _timedWrites.Dequeue();
            RaftTelemetry.WriteDuration.Record(SecondsSince(oldest.Began), Tags);
        }
    }

    private void TimeCommits(IReadOnlyList<Proposal> proposals)
    {
        if (_core.Role != Role.Leader)
        {
            _timedCommits.Clear();
            return;
        }

        if (proposals.Count > 0 && RaftTelemetry.CommitDuration.Enabled && proposals.Any(proposal => proposal.IsTaken))
        {
            _timedCommits.Enqueue((_core.Log.LastIndex, Now()));
        }

        while (_timedCommits.TryPeek(out var oldest) && oldest.Index <= _core.CommitIndex)
        {
            _timedCommits.Dequeue();
            RaftTelemetry.CommitDuration.Record(SecondsSince(oldest.Began), Tags);
        }
    }

    private void CountLeaderChange()
    {
        if (RaftTelemetry.LeaderChanges.Enabled)
        {
            RaftTelemetry.LeaderChanges.Add(1, Tags);
        }
    }

    // A span from the proposal of a command until it is applied. Null without a listener.
    private Activity? StartReplication()
    {
        if (!RaftTelemetry.Activities.HasListeners())
        {
            return null;
        }

        var activity = RaftTelemetry.Activities.StartActivity(
            ActivityKind.Internal, startTime: _dependencies.TimeProvider.GetUtcNow(), name: "raft.replicate");
        return activity?.SetTag(RaftTelemetry.ServerTag, Id.Value);
    }

    private void EndReplication(Activity? activity, ReplicationResult result)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("raft.term", result.Term.Value);
        activity.SetTag("raft.index", result.Index.Value);
        activity.SetTag("raft.outcome", result.Outcome.ToString());
        End(activity, result.IsApplied ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
    }

    // The call was cancelled, or the command is too large, or the node has stopped.
    private void FailReplication(Activity? activity, Exception exception)
    {
        if (activity is not null)
        {
            activity.SetTag("error.type", exception.GetType().FullName);
            End(activity, ActivityStatusCode.Error, exception.Message);
        }
    }

    private void End(Activity activity, ActivityStatusCode status, string? why = null)
    {
        activity.SetStatus(status, why);
        activity.SetEndTime(_dependencies.TimeProvider.GetUtcNow().UtcDateTime);
    }

    private long Now() => _dependencies.TimeProvider.GetTimestamp();

    private double SecondsSince(long began) => _dependencies.TimeProvider.GetElapsedTime(began).TotalSeconds;
}
