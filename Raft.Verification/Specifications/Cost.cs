using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// The cost of Raft. At any time, each request is answered once, nothing is sent twice without a reason, and a leader finds where a
/// follower's log agrees within one round trip for each conflicting term (§5.3). While the cluster is at rest, a commit costs one write at
/// each server and one transmission of the entry to each follower, without delay. No server writes, votes or sends a snapshot needlessly.
/// Followers learn of a commit at once, not with the next heartbeat.
/// </summary>
[PropertyMeaning(
    "Each request is answered once, nothing is sent or written for nothing, and a commit is reported at once.",
    "§5.3; dissertation §10.2")]
public sealed class Cost : SpecificationMonitor
{
    private static readonly TimeSpan _shortestInterval = Timing.HeartbeatInterval / FastestClock;

    // Two message delays, the writes of some entries, and the notice of the commit, each at its longest. Less than a heartbeat interval.
    private static readonly TimeSpan _commitBound = TimeSpan.FromMilliseconds(60);
    private static readonly TimeSpan _newsBound = TimeSpan.FromMilliseconds(80);
    private readonly Dictionary<int, Link> _links = [];
    private readonly Dictionary<ServerId, Message> _lastSent = [];
    private readonly Dictionary<ServerId, int> _written = [];
    private readonly Dictionary<ServerId, long> _durable = [];
    private readonly Dictionary<LogIndex, long> _taken = [];
    private readonly Dictionary<LogIndex, long> _committed = [];
    private int _rounds;
    private bool _faultsEnded;
    private long? _restsSince;

    /// <inheritdoc/>
    public override string Property => nameof(Cost);

    /// <inheritdoc/>
    public override void OnRest(long now)
    {
        _restsSince = now;
        foreach (var link in _links.Values)
        {
            link.Rest();
        }

        _rounds = 0;
        _written.Clear();
        _taken.Clear();
        _committed.Clear();
    }

    /// <inheritdoc/>
    public override void OnFaultsEnded(long now) => _faultsEnded = true;

    /// <inheritdoc/>
    public override void OnFaultsResumed()
    {
        _faultsEnded = false;
        _restsSince = null;
    }

    /// <inheritdoc/>
    public override void OnStarted(ServerState server)
    {
        _lastSent.Remove(server.Id);
        _durable.Remove(server.Id);
        foreach (var other in Cluster.Servers)
        {
            _links.Remove(LinkKey(server.Id, other.Id));
            _links.Remove(LinkKey(other.Id, server.Id));
        }
    }

    /// <inheritdoc/>
    public override void OnSent(ServerState server, Message message)
    {
        if (_lastSent.TryGetValue(server.Id, out var last) && ReferenceEquals(last, message))
        {
            Violate($"{server.Id} sends {message} twice.");
        }

        _lastSent[server.Id] = message;
        if (_restsSince is { } since && Cluster.Now is { } now)
        {
            CheckSentAtRest(message, since, now);
        }
    }

    /// <inheritdoc/>
    public override void OnStepped(ServerState server, RaftCore core, Input input, Output output)
    {
        if (input is MessageReceived { Message: var message })
        {
            Receive(server, core, message, output);
        }
        else if (input is WriteDurable durable)
        {
            _durable[server.Id] = durable.Sequence;
        }

        for (var i = 0; i < output.Messages.Count; i++)
        {
            CheckOutput(core, output, i);
        }

        if (_restsSince is not null && Cluster.Now is { } now)
        {
            CheckStepAtRest(server, core, input, output, now);
        }
    }

    private Link LinkOf(ServerId from, ServerId to)
    {
        var key = LinkKey(from, to);
        if (!_links.TryGetValue(key, out var link))
        {
            link = new Link();
            _links.Add(key, link);
        }

        return link;
    }

    private void Receive(ServerState server, RaftCore core, Message message, Output output)
    {
        switch (message)
        {
            case AppendEntries or RequestVote or InstallSnapshot or PreVote
                when output.Rejected is null && !ServerState.MayIgnore(core, message):
                var replies = 0;
                for (var i = 0; i < output.Messages.Count; i++)
                {
                    if (output.Messages[i].Message is (AppendEntriesReply or RequestVoteReply or InstallSnapshotReply or PreVoteReply)
                            and var reply
                        && reply.To == message.From)
                    {
                        replies++;
                        CheckWaits(server, core, message, output, output.Messages[i].After);
                    }
                }

                if (replies != 1)
                {
                    Violate($"{core.Id} answers {message} {replies} times.");
                }

                LinkOf(message.From, core.Id).Arrived(message);
                break;
            case AppendEntriesReply reply when core.Role == Role.Leader && reply.Term == core.CurrentTerm:
                if (reply.Success || reply.ConflictIndex > LogIndex.Zero)
                {
                    CheckRoundTrips(core, reply, LinkOf(core.Id, reply.From));
                }

                break;
            case InstallSnapshotReply reply when core.Role == Role.Leader && reply.Term == core.CurrentTerm:
                var back = LinkOf(core.Id, reply.From);
                back.Forget();
                back.Chunk = null;
                break;
        }
    }

    // An answer about entries that are on the disk already need not wait for another write.
    private void CheckWaits(ServerState server, RaftCore core, Message request, Output output, long after)
    {
        var write = output.Write?.Sequence ?? 0;
        var before = write > 0 ? write - 1 : server.LastWrite;
        if (after == 0 || (before > 0 && _durable.GetValueOrDefault(server.Id) < before))
        {
            return;
        }

        var disk = server.Durable;
        var (last, term) = request switch
        {
            AppendEntries { Entries: { Count: > 0 and var count } entries } append => (append.LastIndex, entries[count - 1].Term),
            AppendEntries heartbeat => (heartbeat.PrevLogIndex, heartbeat.PrevLogTerm),
            InstallSnapshot install => (install.LastIndex, install.LastTerm),
            _ => (LogIndex.Zero, Term.Zero),
        };
        if (disk.Term == core.CurrentTerm && disk.VotedFor == core.VotedFor && disk.Log.TermAt(last) == term)
        {
            Violate($"{server.Id} holds what {request} brings on its disk, but its answer waits for write {after}.");
        }
    }

    // §5.3: each refusal takes the leader back over a whole term. An answer about the log is also a reason to resend what it shows to be
    // lost.
    private void CheckRoundTrips(RaftCore leader, AppendEntriesReply reply, Link link)
    {
        link.Forget();
        if (reply.Success)
        {
            (link.Refusals, link.LowestRefused) = (0, null);
            link.Answer(reply.LastIndex);
            return;
        }

        // Requests that the leader sent before it heard of the refusal are refused too, at later indexes.
        link.WasRefused = true;
        if (link.LowestRefused <= reply.LastIndex)
        {
            return;
        }

        link.Refusals++;
        link.LowestRefused = reply.LastIndex;
        if (!Cluster.IsOrderly || link.Refusals <= 2)
        {
            return;
        }

        var terms = 1;
        var entries = leader.Log.Entries;
        for (var i = 1; i < entries.Count; i++)
        {
            terms += entries[i].Term == entries[i - 1].Term ? 0 : 1;
        }

        if (link.Refusals > terms + 2)
        {
            Violate(
                $"{reply.From} has taken {leader.Id} back in its log {link.Refusals} times, though that log has entries of {terms} terms "
                    + $"only.");
        }
    }

    private void CheckOutput(RaftCore core, Output output, int index)
    {
        var message = output.Messages[index].Message;
        for (var i = 0; i < index; i++)
        {
            if (output.Messages[i].Message.To == message.To && output.Messages[i].Message.Equals(message))
            {
                Violate($"{core.Id} sends {message} twice in one step.");
            }
        }

        if (message is InstallSnapshot chunk && (chunk.Done || chunk.Data.Length > 0) && _faultsEnded && Cluster.Now is { } now)
        {
            CheckChunk(chunk, now);
        }
        else if (message is AppendEntries { Entries.Count: > 0 } request)
        {
            var link = LinkOf(core.Id, request.To);
            if (link.Term != request.Term)
            {
                link.Forget();
                link.WasRefused = false;
                (link.Refusals, link.LowestRefused) = (0, null);
            }

            if (request.PrevLogIndex < link.LastSent)
            {
                Violate(
                    $"{core.Id} sends entry {request.PrevLogIndex.Next} to {request.To} again, "
                    + $"though nothing that it heard since says that it was lost.");
            }

            link.Term = request.Term;
            link.LastSent = LogIndex.Max(link.LastSent, request.LastIndex);
        }
    }

    // In fair time nothing is lost, so an answer comes before a second heartbeat asks for it.
    private void CheckChunk(InstallSnapshot chunk, long now)
    {
        var link = LinkOf(chunk.From, chunk.To);
        var sent = (chunk.Term, chunk.LastIndex, chunk.Offset);
        if (link.Chunk == sent && now - link.ChunkSentAt < 1.5 * _shortestInterval.Ticks)
        {
            Violate(
                $"{chunk.From} sends the bytes from {chunk.Offset} on of its snapshot up to {chunk.LastIndex} to {chunk.To} again, "
                + $"{Milliseconds(now - link.ChunkSentAt)} ms after it sent them.");
        }

        (link.Chunk, link.ChunkSentAt) = (sent, now);
    }

    private void CheckSentAtRest(Message message, long since, long now)
    {
        if (Cluster[message.To].Core is null)
        {
            // A server that is down is sent what the leader believes it lacks.
            return;
        }

        switch (message)
        {
            case RequestVote or PreVote:
            case InstallSnapshot when Cluster.IsOrderly && LinkOf(message.From, message.To).IsOpen:
                Violate($"The cluster is at rest, but {message.From} sends {message}.");
                break;
            case AppendEntries request:
                var link = LinkOf(request.From, request.To);
                if (request.Entries.Count == 0)
                {
                    link.Empty++;
                    var most = 2 + _taken.Count + _rounds + (long)((now - since) / _shortestInterval.Ticks);
                    if (link.Empty > most)
                    {
                        Violate(
                            $"The cluster is at rest, but {request.From} has sent {link.Empty} messages without entries to {request.To} "
                            + $"in {Milliseconds(now - since)} ms; {most} would do.");
                    }

                    break;
                }

                link.Entries += request.Entries.Count;
                if (link.Entries > _taken.Count * (Cluster.IsOrderly ? 1 : 3))
                {
                    Violate(
                        $"{request.From} has sent {link.Entries} entries to {request.To} for the {_taken.Count} commands that it took, "
                        + $"though nothing is lost.");
                }

                link.UnderWay.Add(request);
                link.Unanswered.Add(request.LastIndex);
                break;
        }
    }

    private void CheckStepAtRest(ServerState server, RaftCore core, Input input, Output output, long now)
    {
        if (output.Write is { } write)
        {
            if (write.Log is null && write.Snapshot is null)
            {
                Violate($"The cluster is at rest, but {core.Id} writes term {write.Term} after {input}.");
            }
            else if (write.Log is not null)
            {
                _written[core.Id] = _written.GetValueOrDefault(core.Id) + write.Log.Entries.Count;
            }
        }

        if (core.Role == Role.Leader)
        {
            // Reads share a round of heartbeats. A round that a heartbeat timeout begins costs nothing.
            _rounds += output.RoundBegun > 0 && input is not HeartbeatTimeout ? 1 : 0;
            if (input is MessageReceived { Message: AppendEntriesReply { Success: false, ConflictTerm: null } refusal })
            {
                CheckResent(core, refusal, output);
            }

            if (input is Propose)
            {
                Take(core, output, now);
            }
        }

        // An entry that arrives twice is written once.
        if (output.Write?.Log is not null && _written[core.Id] > _taken.Count)
        {
            Violate($"{core.Id} has written {_written[core.Id]} entries to its log for {_taken.Count} commands.");
        }

        for (var index = server.PreviousCommitIndex.Next; index <= core.CommitIndex; index = index.Next)
        {
            CheckCommit(core, index, now);
        }
    }

    private void CheckCommit(RaftCore core, LogIndex index, long now)
    {
        if (core.Role == Role.Leader)
        {
            _committed[index] = now;
            if (Cluster.IsOrderly && _taken.TryGetValue(index, out var taken) && now - taken > _commitBound.Ticks)
            {
                Violate($"{core.Id} committed entry {index} only {Milliseconds(now - taken)} ms after it took it.");
            }
        }
        else if (Cluster.IsOrderly && _committed.TryGetValue(index, out var committed) && now - committed > _newsBound.Ticks)
        {
            Violate($"{core.Id} learned only {Milliseconds(now - committed)} ms after its leader that entry {index} is committed.");
        }
    }

    // A follower lacks an entry because a later message overtook it. The entry is still in flight.
    private void CheckResent(RaftCore leader, AppendEntriesReply refusal, Output output)
    {
        for (var i = 0; i < output.Messages.Count; i++)
        {
            if (output.Messages[i].Message is AppendEntries request && request.To == refusal.From
                && request.PrevLogIndex.Next == refusal.ConflictIndex && LinkOf(leader.Id, request.To).IsUnderWay(request))
            {
                Violate(
                    $"{leader.Id} sends entry {refusal.ConflictIndex} to {request.To} again, "
                    + $"though it is still in flight, and nothing is lost.");
            }
        }
    }

    private void Take(RaftCore leader, Output output, long now)
    {
        var last = leader.Log.LastIndex;
        for (var i = 0; i < output.Proposals.Count; i++)
        {
            if (output.Proposals[i].IsTaken)
            {
                _taken[output.Proposals[i].Index] = now;
            }
        }

        if (!Cluster.IsOrderly || output.Write is null)
        {
            return;
        }

        foreach (var follower in Cluster.Servers)
        {
            if (follower.Core is not null && follower.Id != leader.Id
                && LinkOf(leader.Id, follower.Id).IsOpen
                && !output.Messages.Any(
                    sent => sent.Message is AppendEntries request && request.To == follower.Id && request.LastIndex == last))
            {
                Violate($"{leader.Id} took entry {last}, but does not send it to {follower.Id} at once.");
            }
        }
    }

    // What is known of the messages from one server to another.
    private sealed class Link
    {
        public Term Term { get; set; }

        /// <summary>The last entry that was sent in this term and is not known to be lost.</summary>
        public LogIndex LastSent { get; set; }

        /// <summary>How many refusals took the leader back in the log since the follower last agreed.</summary>
        public int Refusals { get; set; }

        /// <summary>The lowest index that the follower has refused since then.</summary>
        public LogIndex? LowestRefused { get; set; }

        /// <summary>The last chunk of a snapshot that was sent.</summary>
        public (Term Term, LogIndex LastIndex, long Offset)? Chunk { get; set; }

        /// <summary>When that chunk was sent.</summary>
        public long ChunkSentAt { get; set; }

        /// <summary>Messages without entries that were sent at rest.</summary>
        public int Empty { get; set; }

        /// <summary>Entries that were sent at rest.</summary>
        public int Entries { get; set; }

        /// <summary>Messages with entries that were sent at rest and have not arrived.</summary>
        public List<AppendEntries> UnderWay { get; } = [];

        /// <summary>Whether anything was refused in this term.</summary>
        public bool WasRefused { get; set; }

        /// <summary>The last entry of each message that was sent at rest and is not answered.</summary>
        public List<LogIndex> Unanswered { get; } = [];

        /// <summary>How many of the messages that were sent at rest are answered.</summary>
        public int Answered { get; set; }

        /// <summary>
        /// Whether one more message may be sent. Each answer allows one more in flight. After a refusal, messages are sent one at a time
        /// for a while, so the log may be compacted before an entry is sent.
        /// </summary>
        public bool IsOpen => !WasRefused && Unanswered.Count < Answered;

        public void Forget() => LastSent = LogIndex.Zero;

        public void Rest()
        {
            Empty = 0;
            Entries = 0;
            UnderWay.Clear();
            Unanswered.Clear();
            Answered = 0;
        }

        public void Arrived(Message message)
        {
            // Not RemoveAll, whose condition would be an object even where nothing is under way.
            for (var i = UnderWay.Count - 1; i >= 0; i--)
            {
                if (ReferenceEquals(UnderWay[i], message))
                {
                    UnderWay.RemoveAt(i);
                }
            }
        }

        public void Answer(LogIndex upTo)
        {
            if (Unanswered.Count > 0)
            {
                Answered += Unanswered.RemoveAll(last => last <= upTo);
            }
        }

        public bool IsUnderWay(AppendEntries request) =>
            UnderWay.Exists(
                sent => sent.Term == request.Term && sent.PrevLogIndex < request.LastIndex && request.PrevLogIndex < sent.LastIndex);
    }
}
