namespace Raft.Impl.Core;

/// <summary>The limits of the core. The bytes of an entry are counted by <see cref="LogEntry.Size"/>.</summary>
public sealed record CoreOptions
{
    /// <summary>The default limits. They suit most clusters.</summary>
    public static CoreOptions Default { get; } = new();

    /// <summary>The largest <see cref="MaxEntriesPerMessage"/>. A message of more entries is not decoded.</summary>
    public const int MostEntriesPerMessage = 1 << 16;

    /// <summary>The most entries that one AppendEntries carries: 1 to <see cref="MostEntriesPerMessage"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">
    /// It is set to less than 1, or to more than <see cref="MostEntriesPerMessage"/>.
    /// </exception>
    public int MaxEntriesPerMessage
    {
        get;
        init => field = value <= MostEntriesPerMessage
            ? AtLeastOne(value, nameof(MaxEntriesPerMessage))
            : throw new ArgumentOutOfRangeException(
                nameof(MaxEntriesPerMessage), value, $"A message carries at most {MostEntriesPerMessage} entries, not {value}.");
    } = 1024;

    /// <summary>
    /// The most bytes of entries, or of a snapshot, that one message carries; at least 1. A larger entry is sent alone. A larger command is
    /// refused. On the slowest network, a message must take far less time than an election timeout: while it is in flight, nothing else
    /// restarts the follower's election timer.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int MaxMessageBytes { get; init => field = AtLeastOne(value, nameof(MaxMessageBytes)); } = 1 << 20;

    /// <summary>The most messages with entries that are in flight to a follower, sent and not answered; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int MaxInflightMessages { get; init => field = AtLeastOne(value, nameof(MaxInflightMessages)); } = 256;

    /// <summary>
    /// The leader sends a follower no more entries once this many bytes of them are in flight, sent and not answered; at least 1. The last
    /// message may exceed the limit by its own bytes.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public long MaxInflightBytes { get; init => field = AtLeastOne(value, nameof(MaxInflightBytes)); } = 4 << 20;

    /// <summary>
    /// The most bytes of entries in a leader's log that its service has not applied, because they are not committed or because the service
    /// is slow; at least 1. The leader refuses proposals beyond it. The only entry is always taken, and so is the first of a leader's term:
    /// entries of earlier leaders are committed only with it. The leader also refuses proposals while more bytes wait for its own disk.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public long MaxUncommittedBytes { get; init => field = AtLeastOne(value, nameof(MaxUncommittedBytes)); } = 64 << 20;

    private static int AtLeastOne(int value, string name) => (int)AtLeastOne((long)value, name);

    private static long AtLeastOne(long value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1, not {value}.");
}
