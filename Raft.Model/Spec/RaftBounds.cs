using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// The bounds within which Raft is explored: TLC's constraint, and the budgets. A successor beyond the constraint is checked but not
/// explored. An action whose budget is spent is not enabled. A null budget is unlimited and not counted in the state.
/// </summary>
public sealed record RaftBounds
{
    /// <summary>The most servers that a cluster may have.</summary>
    public const int MostServers = 7;

    // One copy more must still fit into a state.
    private const int MostCopies = Bag.MaxCopies - 1;

    /// <summary>
    /// No bounds on terms, logs, values and budgets: for a specification that follows one server of a running cluster. Its states have a
    /// wide layout (<see cref="ModelChecking.StateLayout"/>).
    /// </summary>
    /// <param name="servers">The number of servers.</param>
    /// <param name="messages">The most messages of that server that wait for its writes or are handled in one step.</param>
    public static RaftBounds Unbounded(int servers, int messages) => new()
    {
        IsUnbounded = true,
        Servers = servers,
        Values = int.MaxValue,
        MaxTerm = int.MaxValue - 1,
        MaxLog = int.MaxValue - 1,
        MaxMessages = messages,
    };

    /// <summary>Whether only the number of servers and of messages is bounded.</summary>
    public bool IsUnbounded { get; private init; }

    /// <summary>The number of servers, 1 to <see cref="MostServers"/>.</summary>
    public int Servers { get; init; } = 3;

    /// <summary>The number of different values that clients propose, at least 1.</summary>
    public int Values { get; init; } = 1;

    /// <summary>The greatest term, at least 1: all servers begin in term 1.</summary>
    public int MaxTerm { get; init; } = 2;

    /// <summary>The greatest length of a log, in entries.</summary>
    public int MaxLog { get; init; } = 1;

    /// <summary>The most messages in flight, counting copies.</summary>
    public int MaxMessages { get; init; } = 1;

    /// <summary>The most copies of one message in flight.</summary>
    public int MaxCopies { get; init; } = 1;

    /// <summary>The most restarts in a behaviour.</summary>
    public int? MaxRestarts { get; init; }

    /// <summary>The most message duplications in a behaviour.</summary>
    public int? MaxDuplicates { get; init; }

    /// <summary>The most message losses in a behaviour.</summary>
    public int? MaxDrops { get; init; }

    /// <summary>The most client requests in a behaviour.</summary>
    public int? MaxClientRequests { get; init; }

    /// <summary>The most election timeouts in a behaviour.</summary>
    public int? MaxTimeouts { get; init; }

    /// <summary>Option ReadIndex: the most rounds that leaders begin and reads that followers ask for, together, in a behaviour.</summary>
    public int MaxReads { get; init; } = 2;

    /// <summary>Option LeadershipTransfer: the most transfers in a behaviour.</summary>
    public int MaxTransfers { get; init; } = 1;

    /// <summary>Validates the bounds.</summary>
    /// <exception cref="ArgumentException">A bound is out of range. The message names it and the range.</exception>
    public void Validate()
    {
        if (IsUnbounded)
        {
            return;
        }

        Require(Servers is >= 1 and <= MostServers, $"there are 1 to {MostServers} servers, not {Servers}");
        Require(Values is >= 1 and <= 15, $"there are 1 to 15 values, not {Values}");
        Require(MaxTerm is >= 1 and <= 30, $"the greatest term is 1 to 30, not {MaxTerm}: servers begin in term 1");
        Require(MaxLog is >= 0 and <= 15, $"the greatest length of a log is 0 to 15 entries, not {MaxLog}");
        Require(MaxMessages is >= 1 and <= MostCopies, $"1 to {MostCopies} messages may be in flight, not {MaxMessages}");
        Require(MaxCopies is >= 1 and <= MostCopies, $"1 to {MostCopies} copies of a message may be in flight, not {MaxCopies}");
        foreach (var (what, budget) in new[]
        {
            ("restarts", MaxRestarts), ("duplicates", MaxDuplicates), ("drops", MaxDrops), ("client requests", MaxClientRequests),
            ("timeouts", MaxTimeouts), ("reads", MaxReads), ("transfers", MaxTransfers),
        })
        {
            Require(budget is null or (>= 0 and <= 1000), $"a budget of {what} is 0 to 1000, not {budget}");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"Invalid bounds: {message}.");
        }
    }
}
