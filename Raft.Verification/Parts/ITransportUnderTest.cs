using Raft.Impl.Core;
using Raft.Impl.Transport;

namespace Raft.Verification.Parts;

/// <summary>A network that <see cref="TransportKit"/> checks: its servers, its bounds, and how its links fail.</summary>
public interface ITransportUnderTest
{
    /// <summary>The names of its servers: three.</summary>
    IReadOnlyList<ServerId> Servers { get; }

    /// <summary>Makes the transport of a server as a new process would. It may be one for all servers.</summary>
    IRaftTransport Create(ServerId server);

    /// <summary>
    /// The most bytes that may wait between a sender and a receiver, also in the operating system; null if a message is received within
    /// <see cref="IRaftTransport.Send"/>, so that the receiver itself slows down the sender.
    /// </summary>
    long? MaxWaitingBytes { get; }

    /// <summary>The longest time until a link carries messages again after its fault has ended.</summary>
    TimeSpan MaxRecovery => TimeSpan.FromSeconds(10);

    /// <summary>
    /// Begins a fault of the link between two servers, in both directions. It ends when the result is disposed of. Null if the fault cannot
    /// be caused; then the check is left out, and says so.
    /// </summary>
    /// <remarks>
    /// When the call returns, the fault has begun: no message that is sent from then on passes a link that is cut or half open. For a
    /// transport over TCP, a relay between the servers can cause all faults.
    /// </remarks>
    /// <param name="first">One server.</param>
    /// <param name="second">The other server.</param>
    /// <param name="fault">The fault.</param>
    IDisposable? BeginFault(ServerId first, ServerId second, LinkFault fault) => null;
}

/// <summary>A fault of the link between two servers.</summary>
public enum LinkFault
{
    /// <summary>The connections end, and no new ones can be made. What was under way is lost.</summary>
    Cut,

    /// <summary>
    /// Nothing passes, and nothing shows it: connections stay open, and new ones get no answer. When the fault ends, what waits may pass or
    /// be lost.
    /// </summary>
    HalfOpen,

    /// <summary>Everything arrives late, and a message in several parts if the network carries bytes. Nothing is lost.</summary>
    Slow,
}
