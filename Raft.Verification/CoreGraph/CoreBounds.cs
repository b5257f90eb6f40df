using Raft.Impl.Core;
using Raft.Model.Spec;

namespace Raft.Verification.CoreGraph;

/// <summary>The bounds within which real cores are explored.</summary>
/// <param name="Raft">
/// The bounds that the model has too. Messages that wait for a write count as messages in flight, as in the model.
/// </param>
internal sealed record CoreBounds(RaftBounds Raft)
{
    /// <summary>The greatest term, and the most values: both must fit into a byte of a snapshot.</summary>
    public const int Most = 15;

    /// <summary>The most writes that a server may have in flight.</summary>
    public int MaxWrites { get; init; } = 1;

    /// <summary>The most commands that are proposed together.</summary>
    public int MaxBatch { get; init; } = 1;

    /// <summary>Whether services take snapshots, of any index that they have applied.</summary>
    public bool Snapshots { get; init; }

    /// <summary>
    /// Whether a service may take its time: its request for more to apply is a step of its own. Otherwise it asks at once.
    /// </summary>
    public bool SlowService { get; init; }

    /// <summary>The limits of the cores.</summary>
    public CoreOptions Limits { get; init; } = new() { MaxEntriesPerMessage = 2, MaxInflightMessages = 2 };

    /// <summary>Validates the bounds.</summary>
    /// <exception cref="ArgumentException">A bound is out of range. The message names it and the range.</exception>
    public void Validate()
    {
        Raft.Validate();
        Require(Raft.MaxTerm < Most, $"the greatest term of cores is 1 to {Most - 1}, not {Raft.MaxTerm}");
        Require(Raft.Values <= Most, $"cores have 1 to {Most} values, not {Raft.Values}");
        Require(MaxWrites is >= 1 and <= 7, $"a server has 1 to 7 writes in flight, not {MaxWrites}");
        Require(MaxBatch is 1 or 2, $"1 or 2 commands are proposed together, not {MaxBatch}");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException($"Invalid bounds: {message}.");
        }
    }
}
