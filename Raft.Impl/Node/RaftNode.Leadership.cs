using Raft.Impl.Core;

namespace Raft.Impl.Node;

// Who leads: for callers that wait for a leader, that act only while the node leads, or that follow the changes.
public sealed partial class RaftNode
{
    private static readonly CancellationToken _notLeading = new(canceled: true);
    private readonly LeaderWatch _leaders;
    private volatile Leadership? _leadership;

    /// <summary>
    /// Is cancelled when the leadership of this node ends: before <see cref="Status"/> shows it. If the node does not lead, it is cancelled
    /// already. A token belongs to one term: if the node is elected again, it has a new one.
    /// </summary>
    /// <remarks>
    /// Another server may lead before this one knows: only what is committed is certain. The node's loop runs the callbacks of the token,
    /// so they must be quick. If one throws, that is logged.
    /// </remarks>
    public CancellationToken LeadershipToken => _leadership?.Token ?? _notLeading;

    /// <summary>The token of the node's leadership in a term, for example that of <see cref="Proposal.Term"/>.</summary>
    /// <param name="term">The term.</param>
    /// <returns>As <see cref="LeadershipToken"/>. If the node does not lead in that term, a token that is cancelled already.</returns>
    public CancellationToken LeadershipTokenOf(Term term) =>
        _leadership is { } leadership && leadership.Term == term ? leadership.Token : _notLeading;

    /// <summary>Waits until the node knows a leader of its term: itself or another.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The leader. It may have changed since.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The node has stopped.</exception>
    public async Task<ServerId> WaitForLeaderAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiting = _leaders.Wait() ?? throw Stopped(_failure);
        try
        {
            return await ResultOfAsync(waiting, cancellationToken);
        }
        finally
        {
            _leaders.Forget(waiting);
        }
    }

    /// <summary>
    /// The changes of leader that the node learns of, in the order of their terms; the first is the leader that it knows now. Each leader
    /// of a term comes once. That no leader is known comes only after a later term began or the node's own leadership ended, and once until
    /// the next leader. The changes end when the node stops. A reader that falls behind by more than 64 changes misses the oldest.
    /// </summary>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <exception cref="OperationCanceledException">
    /// The enumeration was cancelled, by this token or by its own. Reading the next change throws it.
    /// </exception>
    public IAsyncEnumerable<LeaderChange> LeaderChangesAsync(CancellationToken cancellationToken = default) =>
        new LeaderChanges(_leaders, cancellationToken);

    // After each step, before the status shows it.
    private void FollowLeadership()
    {
        var leads = _core.Role == Role.Leader;
        if (_leadership is { } ended && (!leads || ended.Term != _core.CurrentTerm))
        {
            EndLeadership(ended);
            _replications.OnLeadershipLost(_core);
        }

        if (leads && _leadership is null)
        {
            _leadership = new Leadership(_core.CurrentTerm);
        }

        if (_leaders.Report(_core.CurrentTerm, _core.Leader))
        {
            CountLeaderChange();
        }
    }

    private void StopLeadership(Exception stopped)
    {
        if (_leadership is { } ended)
        {
            EndLeadership(ended);
        }

        _leaders.Stop(stopped);
    }

    private void EndLeadership(Leadership leadership)
    {
        _leadership = null;
        try
        {
            leadership.End();
        }
        catch (AggregateException exception)
        {
            LogCallbackFailed(_logger, exception, Id);
        }
    }

    // The source of the token has no timer: there is nothing to dispose of.
#pragma warning disable CA1001
    private sealed class Leadership(Term term)
#pragma warning restore CA1001
    {
        private readonly CancellationTokenSource _source = new();

        public Term Term => term;

        public CancellationToken Token => _source.Token;

        public void End() => _source.Cancel();
    }
}
