namespace DeterministicSimulation;

/// <summary>The kinds of operations.</summary>
public enum OperationKind
{
    /// <summary>Code that was waiting continues.</summary>
    Continuation,

    /// <summary>A message arrives.</summary>
    Delivery,

    /// <summary>A write becomes durable.</summary>
    DiskWrite,

    /// <summary>A timer runs out.</summary>
    Timer,

    /// <summary>A fault strikes or ends.</summary>
    Fault,
}

/// <summary>Something that can happen next: the unit of scheduling. A strategy picks one in each step.</summary>
public abstract class Operation
{
    private long _due;

    /// <summary>Its kind.</summary>
    public abstract OperationKind Kind { get; }

    /// <summary>The number of the server where it happens; 0 if it happens in the workload or the network.</summary>
    public abstract int Server { get; }

    /// <summary>When it happens in fair time, in ticks of the simulation's clock. A continuation happens at once.</summary>
    public long Due
    {
        get => _due;
        set
        {
            _due = value;
            List?.Forget();
        }
    }

    /// <summary>The list that the operation is in, if its operations are timed.</summary>
    internal TimedOperations? List { get; set; }

    /// <summary>Its place in that list.</summary>
    internal int Slot { get; set; }

    /// <summary>The fault that strikes; null if it is not a fault, or ends one.</summary>
    public virtual FaultKind? Breaks => null;

    /// <summary>A number that the strategy stores with the operation; 0 if it has not stored one.</summary>
    public long Rank { get; set; }

    /// <summary>Whether the strategy delays the operation; null if it has not drawn that yet.</summary>
    public bool? IsLate { get; set; }

    /// <summary>The name of a continuation, a timer or a fault, for events; null for other operations.</summary>
    public virtual string? What => null;

    /// <summary>The kind of operation, ignoring which instance it is.</summary>
    public virtual OperationShape Shape => new(Kind, Server);

    /// <summary>Runs the operation.</summary>
    public abstract void Run();
}
