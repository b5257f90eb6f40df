namespace Raft.Impl.Core;

/// <summary>The limits of the core.</summary>
/// <param name="MaxEntriesPerMessage">The most entries that one AppendEntries carries; at least 1.</param>
public sealed record CoreOptions(int MaxEntriesPerMessage = 256)
{
    /// <summary>What is right for most.</summary>
    public static CoreOptions Default { get; } = new();

    /// <summary>The most entries that one AppendEntries carries; at least 1.</summary>
    public int MaxEntriesPerMessage { get; } = MaxEntriesPerMessage >= 1
        ? MaxEntriesPerMessage
        : throw new ArgumentOutOfRangeException(nameof(MaxEntriesPerMessage), MaxEntriesPerMessage, "A message must be able to carry at least one entry.");
}
