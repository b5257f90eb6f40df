using System.Collections.Concurrent;
using Raft.Impl.Core;
using Raft.Impl.Transport;
using Raft.Verification.Parts;
using static Raft.Tests.Core.Server;

namespace Raft.Tests.Transport;

/// <summary>
/// A network within the process whose links can have faults. It delivers within the call of Send, except over a link with a fault. Each
/// property is a bug; without one, it does what it must.
/// </summary>
internal sealed class LinkNetwork : ITransportUnderTest, IRaftTransport
{
    private const int _bound = 1 << 20;
    private readonly object _gate = new();
    private readonly ConcurrentDictionary<ServerId, Action<Message>> _receivers = [];
    private readonly List<Message> _waiting = [];
    private readonly List<Message> _forgotten = [];
    private LinkFault? _fault;
    private bool _wasCut;
    private bool _damagesNext;

    public bool IgnoresFaults { get; init; }

    public bool NeverConnectsAgain { get; init; }

    public bool DamagesAfterCut { get; init; }

    public bool DamagesAfterHalfOpen { get; init; }

    public bool DamagesWhileSlow { get; init; }

    public bool ThrowsWhileCut { get; init; }

    public bool HoldsUpOthers { get; init; }

    public bool WaitsWhileHalfOpen { get; init; }

    /// <summary>Keeps everything that is sent while the fault lasts, and delivers it then.</summary>
    public bool KeepsAll { get; init; }

    /// <summary>Keeps the bytes of messages that wait, not the messages.</summary>
    public bool Copies { get; init; }

    /// <summary>Keeps everything that is sent while a link is cut, and never delivers it.</summary>
    public bool ForgetsNothing { get; init; }

    public IReadOnlyList<ServerId> Servers => [S1, S2, S3];

    public long? MaxWaitingBytes => _bound;

    public TimeSpan MaxRecovery { get; init; } = TimeSpan.FromSeconds(5);

    public IRaftTransport Create(ServerId server) => this;

    public IDisposable Listen(ServerId server, Action<Message> receive)
    {
        _receivers[server] = receive;
        return new Ending(() => _receivers.TryRemove(server, out _));
    }

    public IDisposable? BeginFault(ServerId first, ServerId second, LinkFault fault)
    {
        Assert.Equal((S1, S2), (first, second));
        lock (_gate)
        {
            _fault = IgnoresFaults ? null : fault;
            _wasCut |= fault == LinkFault.Cut;
        }

        return new Ending(() => End(fault));
    }

    public void Send(Message message)
    {
        var (isOnLink, isSlow) = (message.To != S3 && message.From != S3, false);
        lock (_gate)
        {
            isOnLink |= HoldsUpOthers && _fault is not null;
            if (isOnLink && (_fault is LinkFault.Cut || (NeverConnectsAgain && _wasCut)))
            {
                (KeepsAll ? _waiting : ForgetsNothing ? _forgotten : []).Add(Copies ? Copy(message) : message);
                if (ThrowsWhileCut)
                {
                    throw new IOException("It is cut.");
                }

                return;
            }

            if (isOnLink && _fault is LinkFault.HalfOpen)
            {
                var waits = !KeepsAll && _waiting.Sum(one => one.Size) + message.Size > _bound;
                if (!waits)
                {
                    _waiting.Add(message);
                }

                if (!waits || !WaitsWhileHalfOpen)
                {
                    return;
                }

                while (_fault is not null)
                {
                    Monitor.Wait(_gate);
                }
            }

            isSlow = isOnLink && _fault is LinkFault.Slow;
            if (isOnLink && _damagesNext && message is AppendEntries)
            {
                (_damagesNext, message) = (false, Damaged(message));
            }
        }

        if (isSlow)
        {
            _ = DeliverLateAsync(DamagesWhileSlow ? Damaged(message) : message);
        }
        else
        {
            Deliver(message);
        }
    }

    private void End(LinkFault fault)
    {
        Message[] waiting;
        lock (_gate)
        {
            _fault = null;
            _damagesNext = (DamagesAfterCut && fault == LinkFault.Cut) || (DamagesAfterHalfOpen && fault == LinkFault.HalfOpen);
            waiting = [.. _waiting];
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        Array.ForEach(waiting, Deliver);
    }

    private async Task DeliverLateAsync(Message message)
    {
        await Task.Delay(20);
        Deliver(message);
    }

    private void Deliver(Message message)
    {
        if (_receivers.TryGetValue(message.To, out var receive))
        {
            receive(message);
        }
    }

    private static Message Copy(Message message) => MessageCodec.Decode(MessageCodec.Encode(message));

    // A byte in the middle differs.
    private static Message Damaged(Message message)
    {
        if (message is not AppendEntries request)
        {
            return message;
        }

        var bytes = request.Entries[0].Command.Bytes.ToArray();
        bytes[bytes.Length / 2] ^= 1;
        return request with { Entries = EntryList.Of(new LogEntry(request.Term, Command.Of(bytes))) };
    }

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
