using System.Collections;
using System.Collections.Immutable;

namespace Raft.Impl.Core;

/// <summary>Reads that wait for a read index (dissertation §6.4), in the order in which they came. Immutable; compared by value.</summary>
internal sealed class ReadRequests : IEquatable<ReadRequests>, IEnumerable<(ServerId Server, long Id)>
{
    private readonly ImmutableArray<(ServerId Server, long Id)> _requests;

    private ReadRequests(ImmutableArray<(ServerId Server, long Id)> requests) => _requests = requests;

    /// <summary>No reads.</summary>
    public static ReadRequests None { get; } = new([]);

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _requests.IsEmpty;

    /// <summary>The id of the last one.</summary>
    public long LastId => _requests[^1].Id;

    /// <summary>Whether a server's read is one of them.</summary>
    public bool Contains(ServerId server, long id) => _requests.Contains((server, id));

    /// <summary>These, and another one.</summary>
    public ReadRequests With(ServerId server, long id) => new(_requests.Add((server, id)));

    /// <summary>These, and another one that replaces an earlier one of the same server.</summary>
    public ReadRequests WithLatest(ServerId server, long id) => new(_requests.RemoveAll(one => one.Server == server).Add((server, id)));

    /// <summary>Enumerates the reads.</summary>
    public ImmutableArray<(ServerId Server, long Id)>.Enumerator GetEnumerator() => _requests.GetEnumerator();

    IEnumerator<(ServerId Server, long Id)> IEnumerable<(ServerId Server, long Id)>.GetEnumerator() =>
        ((IEnumerable<(ServerId Server, long Id)>)_requests).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)_requests).GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(ReadRequests? other) => other is not null && _requests.AsSpan().SequenceEqual(other._requests.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ReadRequests);

    /// <inheritdoc/>
    public override int GetHashCode() => _requests.Length;
}

/// <summary>A round of heartbeats that a leader has begun, and that a majority has not answered yet (dissertation §6.4).</summary>
/// <param name="ReadIndex">The commit index when the round began.</param>
/// <param name="Reads">The reads that share the round.</param>
internal sealed record ReadRound(LogIndex ReadIndex, ReadRequests Reads);
