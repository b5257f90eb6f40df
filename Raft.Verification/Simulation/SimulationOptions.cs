using Raft.Impl.Core;

namespace Raft.Verification.Simulation;

/// <summary>How time goes while faults may strike. Once a scenario settles, it is fair.</summary>
public enum TimeMode
{
    /// <summary>Each schedule draws one of the two others; three times in four the nondeterministic one.</summary>
    Either,

    /// <summary>Anything may happen at any time: any armed timer may run out before anything else. The widest, for safety.</summary>
    Nondeterministic,

    /// <summary>Everything happens at its time, in order: timers at their deadline, messages and writes after a random latency.</summary>
    Virtual,
}

/// <summary>The world that a scenario runs in.</summary>
public sealed record SimulationOptions
{
    private readonly int _servers = 3;

    /// <summary>The largest cluster.</summary>
    public const int MaxServers = 7;

    /// <summary>How many servers the cluster has: 1 to 7.</summary>
    public int Servers
    {
        get => _servers;
        init => _servers = value is >= 1 and <= MaxServers
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"A cluster has 1 to {MaxServers} servers, not {value}.");
    }

    /// <summary>How many faults of each kind may strike.</summary>
    public FaultBudget Faults { get; init; } = FaultBudget.None;

    /// <summary>How time goes until the scenario settles.</summary>
    public TimeMode Time { get; init; } = TimeMode.Either;

    /// <summary>After how many entries a service has its log compacted; zero: never.</summary>
    public int CompactEvery { get; init; }

    /// <summary>The limits of each server's core. Messages that carry few entries make more of what is between them.</summary>
    public CoreOptions Core { get; init; } = new() { MaxEntriesPerMessage = 2 };

    /// <summary>
    /// How many bytes of messages a connection carries in a second, one after the other, while time is virtual; zero: any number at once.
    /// </summary>
    public long BytesPerSecond { get; init; }

    /// <summary>
    /// Whether each schedule draws limits of its own, mostly tight ones (<see cref="DrawnLimits"/>), in place of <see cref="Core"/> and
    /// <see cref="BytesPerSecond"/>; and whether commands are of any size, from nothing to more than is allowed.
    /// </summary>
    public bool DrawsLimits { get; init; }

    /// <summary>After how many steps a schedule that is not done is given up, as a violation.</summary>
    public long MaxSteps { get; init; } = 50_000;
}
