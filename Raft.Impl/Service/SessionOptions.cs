namespace Raft.Impl.Service;

/// <summary>
/// The limits of client sessions. All servers of a cluster must have the same: they decide what a committed command does.
/// </summary>
public sealed record SessionOptions
{
    /// <summary>
    /// A session expires once this much log time has passed since its last command; at least 1 ms. Log time is the latest time that a
    /// committed command bears (<see cref="SessionCommand"/>).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1 ms.</exception>
    public TimeSpan Timeout
    {
        get;
        init => field = value >= TimeSpan.FromMilliseconds(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Timeout), value, $"A session must last at least 1 ms, not {value}.");
    } = TimeSpan.FromHours(1);

    /// <summary>The most sessions; at least 1. Beyond it, no client can register until a session is closed or expires.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int MaxSessions { get; init => field = AtLeastOne(value, nameof(MaxSessions)); } = 10_000;

    /// <summary>The most answers that a session keeps for a client that has not acknowledged them; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int MaxAnswers { get; init => field = AtLeastOne(value, nameof(MaxAnswers)); } = 64;

    /// <summary>
    /// A session that keeps this many bytes of answers takes no more commands until the client acknowledges some; at least 1. The last
    /// answer may exceed the limit by its own bytes.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int MaxAnswerBytes { get; init => field = AtLeastOne(value, nameof(MaxAnswerBytes)); } = 64 << 10;

    private static int AtLeastOne(int value, string name) =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1, not {value}.");
}
