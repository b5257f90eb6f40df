namespace DeterministicSimulation;

/// <summary>What kind of thing can happen next.</summary>
public enum OperationKind
{
    /// <summary>Code that was waiting goes on.</summary>
    Continuation,

    /// <summary>A message arrives.</summary>
    Delivery,

    /// <summary>A write becomes durable.</summary>
    DiskWrite,

    /// <summary>A timer runs out.</summary>
    Timer,

    /// <summary>Something breaks, or is mended.</summary>
    Fault,
}

/// <summary>Something that can happen next: the unit of scheduling. A strategy picks one a step.</summary>
public abstract class Operation
{
    /// <summary>What kind it is.</summary>
    public abstract OperationKind Kind { get; }

    /// <summary>The number of the server where it happens; 0: at none of them, but in the scenario or the network.</summary>
    public abstract int Server { get; }

    /// <summary>When it happens in fair time, in ticks of the simulation's clock; a continuation: at once.</summary>
    public long Due { get; set; }

    /// <summary>Which fault it is; null: it is none, or it mends one.</summary>
    public virtual FaultKind? Breaks => null;

    /// <summary>A number that the strategy keeps with it; 0 as long as it keeps none.</summary>
    public long Rank { get; set; }

    /// <summary>Whether the strategy lets others go before it; null as long as it has not drawn that.</summary>
    public bool? IsLate { get; set; }

    /// <summary>Of a continuation, a timer or a fault: its name, for events.</summary>
    public virtual string? What => null;

    /// <summary>The kind of operation, ignoring which instance it is.</summary>
    public virtual OperationShape Shape => new(Kind, Server);

    /// <summary>Lets it happen.</summary>
    public abstract void Run();
}
