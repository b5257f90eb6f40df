namespace DeterministicSimulation;

/// <summary>How time passes while faults may strike. Once they have ended, time is fair.</summary>
public enum TimeMode
{
    /// <summary>Each schedule draws one of the two other modes: by default the nondeterministic one three times in four.</summary>
    Either,

    /// <summary>
    /// Any operation may happen at any time: any armed timer may run out before anything else. This allows the most schedules.
    /// </summary>
    Nondeterministic,

    /// <summary>Operations happen in the order in which they are due: timers at their deadline, others after a random latency.</summary>
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

    /// <summary>The number of faults of each kind that may strike.</summary>
    public FaultBudget Faults { get; init; } = FaultBudget.None;

    /// <summary>How time passes until faults end.</summary>
    public TimeMode Time { get; init; } = TimeMode.Either;

    /// <summary>
    /// How many bytes a second a connection carries while time is virtual, one message after the other; zero means unlimited.
    /// </summary>
    public long BytesPerSecond { get; init; }

    /// <summary>The number of steps after which a schedule that is not done violates <c>Termination</c>.</summary>
    public long MaxSteps { get; init; } = 50_000;
}
