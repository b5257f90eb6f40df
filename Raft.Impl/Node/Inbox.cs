using System.Threading.Channels;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>What became of something that was posted.</summary>
internal enum Posted
{
    /// <summary>It waits for the node's loop.</summary>
    Taken,

    /// <summary>There is no room for it.</summary>
    Full,

    /// <summary>The node takes nothing any more.</summary>
    Closed,
}

/// <summary>
/// What waits for a node's loop: many post, one takes. What the node's own parts report (a write is durable, the service wants more) goes
/// first; then messages of the other servers and proposals of clients, in turn. So neither a flood of the one nor of the other holds up the
/// rest. Thread-safe.
/// </summary>
/// <param name="maxBytes">How many bytes of messages may wait, and how many of proposals.</param>
/// <param name="core">How many proposals are taken together.</param>
internal sealed class Inbox(long maxBytes, CoreOptions core)
{
    private readonly CoreOptions _core = core;
    private readonly object _gate = new();
    private readonly Queue<Work> _reports = new();
    private readonly Queue<(Input Input, long Bytes)> _arrivals = new();
    private readonly Queue<ProposalBatch> _proposals = new();

    // A channel wakes the node's loop, because it puts the loop into the thread pool's common queue. A completed task puts it into the
    // queue of one thread, last in, first out: a loop can wait there for as long as clients and other nodes keep that thread busy.
    // Nothing holds a lock of this channel at a scheduling point, which is why channels are banned elsewhere.
#pragma warning disable RS0030
    private readonly Channel<bool> _wakeUps = Channel.CreateUnbounded<bool>(new() { SingleReader = true });
#pragma warning restore RS0030
    private ProposalBatch? _lastBatch;
    private bool _isWaiting = true;
    private long _arrivedBytes;
    private long _proposedBytes;
    private long _durable;
    private bool _proposalsAreNext;
    private bool _closed;

    /// <summary>Has an item as soon as there is something to take: at first, and each time after there was nothing.</summary>
    public ChannelReader<bool> WakeUps => _wakeUps.Reader;

    /// <summary>Posts what a part of the node reports. There is always room: the parts have bounds of their own.</summary>
    public Posted PostReport(Work report) => Post(report, static (inbox, report) =>
    {
        inbox._reports.Enqueue(report);
        return true;
    });

    /// <summary>Posts that a write is durable, with all before it. Of several that wait, the last one tells all.</summary>
    public Posted PostDurable(long sequence) => Post(sequence, static (inbox, sequence) =>
    {
        inbox._durable = Math.Max(inbox._durable, sequence);
        return true;
    });

    /// <summary>
    /// Posts that the election timer ran out. It comes after the messages that have arrived before: one of them may put the election off.
    /// </summary>
    public Posted PostElectionTimeout() => Post((Input)ElectionTimeout.Instance, static (inbox, timeout) =>
    {
        inbox._arrivals.Enqueue((timeout, 0));
        return true;
    });

    /// <summary>Posts a message.</summary>
    public Posted PostMessage(Message message) => Post(message, static (inbox, message) =>
    {
        if (!inbox.HasRoom(inbox._arrivedBytes, message.Size))
        {
            return false;
        }

        inbox._arrivals.Enqueue((new MessageReceived(message), message.Size));
        inbox._arrivedBytes += message.Size;
        return true;
    });

    /// <summary>Posts a proposal.</summary>
    public Posted PostProposal(Command command, TaskCompletionSource<Proposal> answer) =>
        Post((Command: command, Answer: answer), static (inbox, proposal) =>
    {
        var size = ProposalBatch.SizeOf(proposal.Command);
        if (!inbox.HasRoom(inbox._proposedBytes, size))
        {
            return false;
        }

        inbox._proposedBytes += size;
        if (inbox._lastBatch?.TryAdd(proposal.Command, proposal.Answer, inbox._core) != true)
        {
            inbox._lastBatch = new ProposalBatch(proposal.Command, proposal.Answer, capacity: inbox._lastBatch?.Count ?? 1);
            inbox._proposals.Enqueue(inbox._lastBatch);
        }

        return true;
    });

    /// <summary>Takes what is next, if there is anything. Where there is nothing, the next thing posted wakes the loop.</summary>
    public bool TryTake(out Work work)
    {
        lock (_gate)
        {
            if (_durable > 0)
            {
                work = new Work(new WriteDurable(_durable));
                _durable = 0;
                return true;
            }

            if (_reports.TryDequeue(out work))
            {
                return true;
            }

            if (_proposals.Count > 0 && (_proposalsAreNext || _arrivals.Count == 0))
            {
                _proposalsAreNext = false;
                work = TakeProposals();
                return true;
            }

            if (_arrivals.TryDequeue(out var arrival))
            {
                _proposalsAreNext = true;
                _arrivedBytes -= arrival.Bytes;
                work = new Work(arrival.Input);
                return true;
            }

            _isWaiting = true;
            return false;
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>What was left.</returns>
    public IReadOnlyList<Work> Close()
    {
        lock (_gate)
        {
            _closed = true;
            var left = _reports.ToList();
            while (_proposals.Count > 0)
            {
                left.Add(TakeProposals());
            }

            _reports.Clear();
            _arrivals.Clear();
            return left;
        }
    }

    private Work TakeProposals()
    {
        var batch = _proposals.Dequeue();
        _proposedBytes -= batch.Bytes;
        if (batch == _lastBatch)
        {
            _lastBatch = null;
        }

        return new Work(new Propose(batch.Commands), batch.Answers);
    }

    // One always fits.
    private bool HasRoom(long taken, long size) => taken == 0 || taken + size <= maxBytes;

    private Posted Post<T>(T item, Func<Inbox, T, bool> tryAdd)
    {
        bool isWaiting;
        lock (_gate)
        {
            if (_closed)
            {
                return Posted.Closed;
            }

            if (!tryAdd(this, item))
            {
                return Posted.Full;
            }

            isWaiting = _isWaiting;
            _isWaiting = false;
        }

        if (isWaiting)
        {
            _wakeUps.Writer.TryWrite(true);
        }

        return Posted.Taken;
    }
}

/// <summary>What the loop takes from the inbox: an input with who waits for its answer, the end, or the storage's failure.</summary>
/// <param name="Input">The input; null: the node stops.</param>
/// <param name="Proposals">Who waits for what becomes of each proposal.</param>
/// <param name="Compaction">Who waits for a snapshot to be durable.</param>
/// <param name="Failure">Why the node stops, where it must.</param>
internal readonly record struct Work(
    Input? Input,
    IReadOnlyList<TaskCompletionSource<Proposal>>? Proposals = null,
    TaskCompletionSource? Compaction = null,
    Exception? Failure = null)
{
    /// <summary>The end.</summary>
    public static Work Stop => default;

    /// <summary>Whoever waits for an answer gets a failure instead.</summary>
    public void Fail(Exception exception)
    {
        foreach (var proposal in Proposals ?? [])
        {
            proposal.TrySetException(exception);
        }

        Compaction?.TrySetException(exception);
    }
}
