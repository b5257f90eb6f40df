using System.Threading.Channels;
using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>The result of posting something.</summary>
internal enum Posted
{
    /// <summary>It waits for the node's loop to take it.</summary>
    Taken,

    /// <summary>The inbox has no room for it.</summary>
    Full,

    /// <summary>The node has stopped.</summary>
    Closed,
}

/// <summary>
/// The queue of work for a node's loop: many threads post, one loop takes. Reports of the node's own parts come first (a write is durable,
/// the service is ready for more). Then messages of the other servers and calls of clients take turns: of these, proposals and reads. So a
/// flood of one kind does not hold up the others. Thread-safe.
/// </summary>
/// <remarks>
/// After a batch of proposals that was not full, the loop handles the messages that wait, and pauses before the next batch: it lets the
/// clients run that are ready to. Without the pause, on several cores, the loop takes each proposal almost as soon as it is posted. Then a
/// batch has few proposals, and each costs nearly as much as a full batch.
/// </remarks>
/// <param name="maxBytes">How many bytes of messages may wait, and how many of proposals.</param>
/// <param name="core">The limits of a batch of proposals.</param>
internal sealed class Inbox(long maxBytes, CoreOptions core)
{
    private const int _mostSpareBatches = 4;
    private readonly CoreOptions _core = core;
    private readonly object _gate = new();
    private readonly Queue<Work> _reports = new();

    // Null stands for an election timeout.
    private readonly Queue<(Message? Message, long Bytes)> _arrivals = new();
    private readonly Queue<ProposalBatch> _proposals = new();
    private List<TaskCompletionSource<ReadBarrier>>? _readers;

    // A channel wakes the node's loop, because a channel queues the loop on the thread pool's global queue. A completed task would queue it
    // on the local queue of one thread, last in, first out: there the loop can wait for as long as other work keeps that thread busy.
    // Channels are banned elsewhere, because they may hold a lock at a scheduling point. This one never does.
#pragma warning disable RS0030
    private readonly Channel<bool> _wakeUps = Channel.CreateUnbounded<bool>(new() { SingleReader = true });
#pragma warning restore RS0030

    // The inputs that the loop takes one after the other. Each is the loop's until it takes the next work, and no one else's: an observer
    // does not keep it. An input that leaves is one that was made for it.
    private readonly MessageReceived _messageReceived = new(null!);
    private readonly WriteDurable _writeDurable = new(0);
    private ProposalBatch? _lastBatch;

    // Those that were handled, for the next proposals.
    private readonly Stack<ProposalBatch> _spareBatches = new();
    private bool _isWaiting = true;
    private long _arrivedBytes;
    private long _proposedBytes;
    private long _durable;
    private bool _clientsAreNext;
    private bool _readsAreNext;
    private bool _pauseIsDue;

    // The messages that waited when the pause became next, so that a flood of later ones does not hold up the clients.
    private int? _messagesBeforePause;
    private bool _closed;

    /// <summary>Has an item when there is something to take again, after there was nothing.</summary>
    public ChannelReader<bool> WakeUps => _wakeUps.Reader;

    /// <summary>The bytes of the messages and proposals that wait.</summary>
    public long WaitingBytes
    {
        get
        {
            lock (_gate)
            {
                return _arrivedBytes + _proposedBytes;
            }
        }
    }

    /// <summary>Posts a report of a part of the node. There is always room: the parts have bounds of their own.</summary>
    public Posted PostReport(Work report) => Post(report, static (inbox, report) =>
    {
        inbox._reports.Enqueue(report);
        return true;
    });

    /// <summary>Posts that a write is durable, with all before it. The last one replaces earlier ones that still wait.</summary>
    public Posted PostDurable(long sequence) => Post(sequence, static (inbox, sequence) =>
    {
        inbox._durable = Math.Max(inbox._durable, sequence);
        return true;
    });

    /// <summary>
    /// Posts that the election timer ran out. It queues behind the messages that have arrived: one of them may postpone the election.
    /// </summary>
    public Posted PostElectionTimeout() => Post(0, static (inbox, bytes) =>
    {
        inbox._arrivals.Enqueue((null, bytes));
        return true;
    });

    /// <summary>Posts a message.</summary>
    public Posted PostMessage(Message message) => Post(message, static (inbox, message) =>
    {
        if (!inbox.HasRoom(inbox._arrivedBytes, message.Size))
        {
            return false;
        }

        inbox._arrivals.Enqueue((message, message.Size));
        inbox._arrivedBytes += message.Size;
        return true;
    });

    /// <summary>Posts a proposal.</summary>
    public Posted PostProposal(Command command, Proposer proposer) =>
        Post((Command: command, Proposer: proposer), static (inbox, proposal) =>
    {
        var size = ProposalBatch.SizeOf(proposal.Command);
        if (!inbox.HasRoom(inbox._proposedBytes, size))
        {
            return false;
        }

        inbox._proposedBytes += size;
        if (inbox._lastBatch?.TryAdd(proposal.Command, proposal.Proposer, inbox._core) != true)
        {
            inbox._lastBatch = inbox._spareBatches.TryPop(out var spare) ? spare : new ProposalBatch();
            inbox._lastBatch.TryAdd(proposal.Command, proposal.Proposer, inbox._core);
            inbox._proposals.Enqueue(inbox._lastBatch);
        }

        return true;
    });

    /// <summary>Posts a read. The reads that wait are taken together.</summary>
    public Posted PostRead(TaskCompletionSource<ReadBarrier> reader) => Post(reader, static (inbox, reader) =>
    {
        (inbox._readers ??= []).Add(reader);
        return true;
    });

    /// <summary>
    /// Takes the next work. If nothing waits, the next post wakes the loop. The next call uses the input again.
    /// </summary>
    public bool TryTake(out Work work)
    {
        lock (_gate)
        {
            if (_durable > 0)
            {
                _writeDurable.Sequence = _durable;
                work = new Work(_writeDurable);
                _durable = 0;
                return true;
            }

            if (_reports.TryDequeue(out work))
            {
                return true;
            }

            if ((_proposals.Count > 0 || _readers is not null) && (_clientsAreNext || _arrivals.Count == 0))
            {
                work = _pauseIsDue ? TakeMessageOrPause() : TakeCalls();
                return true;
            }

            if (_arrivals.Count > 0)
            {
                work = TakeMessage();
                return true;
            }

            EndPause();
            _isWaiting = true;
            return false;
        }
    }

    /// <summary>Takes back a batch whose callers all have their answers.</summary>
    public void Reuse(ProposalBatch batch)
    {
        batch.Clear();
        lock (_gate)
        {
            if (_spareBatches.Count < _mostSpareBatches)
            {
                _spareBatches.Push(batch);
            }
        }
    }

    /// <summary>Closes the inbox: later posts are refused.</summary>
    /// <returns>The work that was left.</returns>
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

            if (_readers is not null)
            {
                left.Add(TakeReads());
            }

            _reports.Clear();
            _arrivals.Clear();
            return left;
        }
    }

    private Work TakeMessage()
    {
        var (message, bytes) = _arrivals.Dequeue();
        _arrivedBytes -= bytes;
        _clientsAreNext = true;
        if (message is null)
        {
            return new Work(ElectionTimeout.Instance);
        }

        _messageReceived.Message = message;
        return new Work(_messageReceived);
    }

    private Work TakeMessageOrPause()
    {
        _messagesBeforePause ??= _arrivals.Count;
        if (_messagesBeforePause-- > 0)
        {
            return TakeMessage();
        }

        EndPause();
        return Work.Pause;
    }

    private void EndPause() => (_pauseIsDue, _messagesBeforePause) = (false, null);

    private Work TakeCalls()
    {
        _clientsAreNext = false;
        return _readers is not null && (_readsAreNext || _proposals.Count == 0) ? TakeReads() : TakeProposals();
    }

    private Work TakeReads()
    {
        var work = new Work(Input: null, Readers: _readers);
        (_readers, _readsAreNext) = (null, false);
        return work;
    }

    private Work TakeProposals()
    {
        _readsAreNext = true;
        var batch = _proposals.Dequeue();
        _proposedBytes -= batch.Bytes;
        if (batch == _lastBatch)
        {
            _lastBatch = null;
            _pauseIsDue = true;
        }

        return new Work(batch.ToInput(), batch);
    }

    // An empty inbox has room for anything.
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

/// <summary>What the loop takes from the inbox: an input with the callers that wait for it, reads, a pause, or the order to stop.</summary>
/// <param name="Input">The input; null: reads, a pause, or the order to stop.</param>
/// <param name="Proposals">The proposals of the input, whose callers wait for the result of each.</param>
/// <param name="Compaction">The caller that waits for a snapshot to be durable.</param>
/// <param name="Failure">The failure that stops the node; null if it was asked to stop.</param>
/// <param name="Readers">The callers that wait for a read.</param>
/// <param name="Transfer">The caller that waits for a transfer of leadership.</param>
/// <param name="ChunkWritten">Whether the input is a chunk of a snapshot whose bytes were written.</param>
/// <param name="ChunkRead">A chunk of a snapshot whose bytes were read, to be sent; null: none.</param>
/// <param name="IsPause">Whether the loop lets others run before it takes more.</param>
internal readonly record struct Work(
    Input? Input,
    ProposalBatch? Proposals = null,
    TaskCompletionSource<LogIndex>? Compaction = null,
    Exception? Failure = null,
    IReadOnlyList<TaskCompletionSource<ReadBarrier>>? Readers = null,
    TaskCompletionSource<LeadershipTransferResult>? Transfer = null,
    bool ChunkWritten = false,
    InstallSnapshot? ChunkRead = null,
    bool IsPause = false)
{
    /// <summary>A pause before the next proposals.</summary>
    public static Work Pause { get; } = new Work(Input: null, IsPause: true);

    /// <summary>The order to stop.</summary>
    public static Work Stop => default;

    /// <summary>Fails all waiting callers.</summary>
    /// <param name="exception">Why.</param>
    /// <param name="term">The node's term.</param>
    public void Fail(Exception exception, Term term)
    {
        foreach (var proposer in Proposals?.Proposers ?? [])
        {
            proposer.Fail(exception, term);
        }

        foreach (var reader in Readers ?? [])
        {
            reader.TrySetException(exception);
        }

        Compaction?.TrySetException(exception);
        Transfer?.TrySetException(exception);
    }
}
