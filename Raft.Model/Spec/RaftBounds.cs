using ModelChecking;

namespace Raft.Model.Spec;

/// <summary>
/// The bounds within which Raft is explored: TLC's constraint, and the budgets. A successor beyond the constraint is checked, but not
/// explored. An action whose budget is spent is not enabled; a budget that is null is unlimited, and then nothing counts what is spent.
/// </summary>
public sealed record RaftBounds
{
    /// <summary>The most servers that a cluster may have.</summary>
    public const int MostServers = 7;

    // A copy more must still be a state.
    private const int MostCopies = Bag.MaxCopies - 1;

    /// <summary>How many servers there are, 1 to <see cref="MostServers"/>.</summary>
    public int Servers { get; init; } = 3;

    /// <summary>How many different values clients ask for, at least 1.</summary>
    public int Values { get; init; } = 1;

    /// <summary>The greatest term, at least 1: all servers begin in term 1.</summary>
    public int MaxTerm { get; init; } = 2;

    /// <summary>The greatest length of a log, in entries.</summary>
    public int MaxLog { get; init; } = 1;

    /// <summary>How many copies of messages may be in flight in all.</summary>
    public int MaxMessages { get; init; } = 1;

    /// <summary>How many copies of one message may be in flight.</summary>
    public int MaxCopies { get; init; } = 1;

    /// <summary>How many restarts there may be in all.</summary>
    public int? MaxRestarts { get; init; }

    /// <summary>How many duplications of messages there may be in all.</summary>
    public int? MaxDuplicates { get; init; }

    /// <summary>How many losses of messages there may be in all.</summary>
    public int? MaxDrops { get; init; }

    /// <summary>How many requests of clients there may be in all.</summary>
    public int? MaxClientRequests { get; init; }

    /// <summary>How many election timeouts there may be in all.</summary>
    public int? MaxTimeouts { get; init; }

    /// <summary>Makes sure that the bounds make sense.</summary>
    /// <exception cref="ArgumentException">One does not; the message names it, and says what would.</exception>
    public void Validate()
    {
        Require(Servers is >= 1 and <= MostServers, $"there are 1 to {MostServers} servers, not {Servers}");
        Require(Values is >= 1 and <= 15, $"there are 1 to 15 values, not {Values}");
        Require(MaxTerm is >= 1 and <= 30, $"the greatest term is 1 to 30, not {MaxTerm}: servers begin in term 1");
        Require(MaxLog is >= 0 and <= 15, $"the greatest length of a log is 0 to 15 entries, not {MaxLog}");
        Require(MaxMessages is >= 1 and <= MostCopies, $"1 to {MostCopies} messages may be in flight, not {MaxMessages}");
        Require(MaxCopies is >= 1 and <= MostCopies, $"1 to {MostCopies} copies of a message may be in flight, not {MaxCopies}");
        foreach (var (what, budget) in new[]
        {
            ("restarts", MaxRestarts), ("duplicates", MaxDuplicates), ("drops", MaxDrops), ("client requests", MaxClientRequests),
            ("timeouts", MaxTimeouts),
        })
        {
            Require(budget is null or (>= 0 and <= 1000), $"a budget of {what} is 0 to 1000, not {budget}");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"These bounds make no sense: {message}.");
        }
    }
}
