namespace DeterministicSimulation;

/// <summary>How time goes while faults may strike. Once they have ended, it is fair.</summary>
public enum TimeMode
{
    /// <summary>Each schedule draws one of the two others; three times in four the nondeterministic one.</summary>
    Either,

    /// <summary>Anything may happen at any time: any armed timer may run out before anything else. The widest, for safety.</summary>
    Nondeterministic,

    /// <summary>Everything happens at its time, in order: timers at their deadline, messages and writes after a random latency.</summary>
    Virtual,
}

/// <summary>The world that a system under test runs in.</summary>
public record SimulationOptions
{
    private readonly int _servers = 3;

    /// <summary>The largest number of servers.</summary>
    public const int MaxServers = 7;

    /// <summary>How many servers there are: 1 to 7.</summary>
    public int Servers
    {
        get => _servers;
        init => _servers = value is >= 1 and <= MaxServers
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, $"A cluster has 1 to {MaxServers} servers, not {value}.");
    }

    /// <summary>How many faults of each kind may strike.</summary>
    public FaultBudget Faults { get; init; } = FaultBudget.None;

    /// <summary>How time goes until faults end.</summary>
    public TimeMode Time { get; init; } = TimeMode.Either;

    /// <summary>
    /// How many bytes of messages a connection carries in a second, one after the other, while time is virtual; zero: any number at once.
    /// </summary>
    public long BytesPerSecond { get; init; }

    /// <summary>The number of steps after which a schedule that is not done violates <c>Termination</c>.</summary>
    public long MaxSteps { get; init; } = 50_000;
}
