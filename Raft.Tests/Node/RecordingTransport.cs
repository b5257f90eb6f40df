using Raft.Impl.Core;
using Raft.Impl.Node;
using Raft.Impl.Transport;

namespace Raft.Tests.Node;

/// <summary>Keeps what a node sends, and brings it what the test says.</summary>
internal sealed class RecordingTransport : IRaftTransport, IDisposable
{
    private readonly object _gate = new();
    private readonly List<Message> _sent = [];
    private Action<Message>? _receive;

    public Message[] Sent
    {
        get
        {
            lock (_gate)
            {
                return [.. _sent];
            }
        }
    }

    /// <summary>What arrives while the node has only begun to listen.</summary>
    public Message[] Early { get; init; } = [];

    /// <summary>What sending throws; null: nothing.</summary>
    public Exception? SendFailure { get; set; }

    /// <summary>What listening throws; null: nothing.</summary>
    public Exception? ListenFailure { get; set; }

    /// <summary>What it throws when a listener is disposed of, which then still listens; null: nothing.</summary>
    public Exception? CloseFailure { get; set; }

    public bool IsListenedTo => _receive is not null;

    public void Send(Message message)
    {
        if (SendFailure is not null)
        {
            throw SendFailure;
        }

        lock (_gate)
        {
            _sent.Add(message);
        }
    }

    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        if (ListenFailure is not null)
        {
            throw ListenFailure;
        }

        _receive = receive;
        foreach (var message in Early)
        {
            receive(message);
        }

        return this;
    }

    public void Deliver(Message message) => _receive!(message);

    /// <summary>
    /// Completes once the node has handled all messages that were delivered before: it handles them in order, and the last one is a stray
    /// that it counts.
    /// </summary>
    public Task HandledAsync(RaftNode node)
    {
        var rejected = node.Counters.RejectedMessages;
        Deliver(new RequestVoteReply(node.Id, node.Id, new Term(1), VoteGranted: false));
        return Eventually.Holds(() => node.Counters.RejectedMessages > rejected, "the node has handled what was delivered");
    }

    public void Dispose()
    {
        if (CloseFailure is not null)
        {
            throw CloseFailure;
        }

        _receive = null;
    }
}
