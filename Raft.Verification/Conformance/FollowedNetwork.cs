using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Specifications;

namespace Raft.Verification.Conformance;

/// <summary>
/// The messages that are on their way: the specification's bag of messages. What happens to a message maps to an action.
/// <list type="table">
/// <item><term>It is sent</term><description>It joins the bag; the action of the server's step has sent it.</description></item>
/// <item><term>It is duplicated</term><description>DuplicateMessage.</description></item>
/// <item><term>It is lost</term><description>DropMessage.</description></item>
/// <item><term>It arrives</term><description>Nothing: it waits in the bag until the server handles it.</description></item>
/// <item><term>It is handled</term><description>Receive takes it from the bag.</description></item>
/// <item><term>The node writes a chunk to its disk before it handles it</term><description>Nothing: messages that arrive later may be
/// handled before.</description></item>
/// <item><term>The node does not handle it, since its inbox is full, or since it ends</term><description>DropMessage.</description></item>
/// </list>
/// </summary>
internal sealed class FollowedNetwork
{
    // How many copies there are of each message that is on its way.
    private readonly Dictionary<Reference, int> _bag = [];

    // What has arrived at each server and is not handled yet, in that order.
    private readonly List<Message>[] _arrived;

    public FollowedNetwork(int servers) => _arrived = [.. Enumerable.Range(0, servers).Select(_ => new List<Message>())];

    /// <summary>How many messages are in the bag.</summary>
    public int Count => _bag.Values.Sum();

    /// <summary>Something happens to a message.</summary>
    /// <returns>The guard that does not hold, or null.</returns>
    public string? Follow(NetworkEvent<Message> happened)
    {
        var message = happened.Message;
        switch (happened.Kind)
        {
            case TraceEventKind.Sent:
                CollectionsMarshal.GetValueRefOrAddDefault(_bag, new(message), out _)++;
                return null;
            case TraceEventKind.Duplicated when _bag.TryGetValue(new(message), out var copies):
                _bag[new(message)] = copies + 1;
                return null;
            case TraceEventKind.Lost when TryRemove(message):
                return null;
            case TraceEventKind.Arrived when _bag.ContainsKey(new(message)):
                _arrived[happened.To - 1].Add(message);
                return null;
            case TraceEventKind.Duplicated or TraceEventKind.Lost or TraceEventKind.Arrived:
                return "no such message is on its way";
            default:
                return null;
        }
    }

    /// <summary>A server handles a message.</summary>
    /// <returns>The guard that does not hold, or null.</returns>
    public string? Receive(int server, Message message)
    {
        // A message may have been encoded on its way.
        var arrived = _arrived[server];
        var at = arrived.Count > 0 && ReferenceEquals(arrived[0], message) ? 0 : arrived.FindIndex(one => IsHandledAs(one, message));
        if (at < 0)
        {
            return "no such message has arrived";
        }

        TryRemove(arrived[at]);
        arrived.RemoveAt(at);
        if (!MayBeWritten(message))
        {
            // An inbox keeps the order: the node did not take those before, unless it writes them.
            for (var i = at - 1; i >= 0; i--)
            {
                if (!MayBeWritten(arrived[i]))
                {
                    TryRemove(arrived[i]);
                    arrived.RemoveAt(i);
                }
            }
        }

        return null;
    }

    // A chunk of a snapshot that does not fit into one message.
    private static bool MayBeWritten(Message message) =>
        message is InstallSnapshot chunk && (chunk.Offset > 0 || !chunk.Done) && (chunk.Data.Length > 0 || chunk.Done);

    // A chunk whose bytes are on the disk has the same bytes as the one that arrived.
    private static bool IsHandledAs(Message arrived, Message handled) =>
        handled is InstallSnapshot { Data: { IsStored: true } data } written
            ? (written with { Data = SnapshotData.Of(StoredBytes.Observe(data)) }).Equals(arrived)
            : handled.Equals(arrived);

    /// <summary>A life of a server ends, with what waits for it.</summary>
    public void End(int server) => Drop(_arrived[server], _arrived[server].Count);

    private void Drop(List<Message> arrived, int count)
    {
        for (var i = 0; i < count; i++)
        {
            TryRemove(arrived[i]);
        }

        arrived.RemoveRange(0, count);
    }

    private bool TryRemove(Message message)
    {
        if (!_bag.Remove(new(message), out var copies))
        {
            return false;
        }

        if (copies > 1)
        {
            _bag.Add(new(message), copies - 1);
        }

        return true;
    }

    // A message by its identity: equal ones may be on their way at once.
    private readonly struct Reference(Message message) : IEquatable<Reference>
    {
        private readonly Message _message = message;

        public bool Equals(Reference other) => ReferenceEquals(_message, other._message);

        public override bool Equals(object? obj) => obj is Reference other && Equals(other);

        public override int GetHashCode() => RuntimeHelpers.GetHashCode(_message);
    }
}
