namespace DeterministicSimulation;

/// <summary>How many faults of each kind a schedule may have, at most. Zero: none of that kind.</summary>
public sealed record FaultBudget
{
    /// <summary>No faults at all: messages from one server to another keep their order, clocks run true.</summary>
    public static FaultBudget None { get; } = new() { Reorderings = 0, Delays = 0, ClockDriftPercent = 0 };

    /// <summary>Messages lost.</summary>
    public int Losses { get; init; }

    /// <summary>Messages duplicated.</summary>
    public int Duplications { get; init; }

    /// <summary>
    /// Messages that overtake an older one of the same way, also after faults have ended. Zero: each way is first in, first out.
    /// </summary>
    public int Reorderings { get; init; } = int.MaxValue;

    /// <summary>Messages and writes that take far longer than usual.</summary>
    public int Delays { get; init; } = int.MaxValue;

    /// <summary>Partitions of the cluster into two groups.</summary>
    public int Partitions { get; init; }

    /// <summary>Cuts of a connection in one direction.</summary>
    public int OneWayCuts { get; init; }

    /// <summary>Crashes; each server that crashed is started again.</summary>
    public int Crashes { get; init; }

    /// <summary>Disks that stall for a while.</summary>
    public int SlowDisks { get; init; }

    /// <summary>Nodes that are stopped in good order; each is started again.</summary>
    public int Stops { get; init; }

    /// <summary>Disks that fail a write; each server that stops because of it is started again.</summary>
    public int DiskFailures { get; init; }

    /// <summary>Ports that throw.</summary>
    public int PortFailures { get; init; }

    /// <summary>Messages that no server can have meant.</summary>
    public int Strays { get; init; }

    /// <summary>Services that stall, give up a wait, or throw.</summary>
    public int ServiceFailures { get; init; }

    /// <summary>The largest deviation of a server's clock from true time, in percent, either way.</summary>
    public int ClockDriftPercent { get; init; } = 5;

    /// <summary>The budget for a kind.</summary>
    public int this[FaultKind kind] => kind switch
    {
        FaultKind.Loss => Losses,
        FaultKind.Duplication => Duplications,
        FaultKind.Reordering => Reorderings,
        FaultKind.Delay => Delays,
        FaultKind.Partition => Partitions,
        FaultKind.OneWayCut => OneWayCuts,
        FaultKind.Crash => Crashes,
        FaultKind.SlowDisk => SlowDisks,
        FaultKind.Stop => Stops,
        FaultKind.DiskFailure => DiskFailures,
        FaultKind.PortFailure => PortFailures,
        FaultKind.Stray => Strays,
        FaultKind.ServiceFailure => ServiceFailures,
        _ => int.MaxValue,
    };

    /// <summary>The same with another budget for a kind.</summary>
    public FaultBudget With(FaultKind kind, int most) => kind switch
    {
        FaultKind.Loss => this with { Losses = most },
        FaultKind.Duplication => this with { Duplications = most },
        FaultKind.Reordering => this with { Reorderings = most },
        FaultKind.Delay => this with { Delays = most },
        FaultKind.Partition => this with { Partitions = most },
        FaultKind.OneWayCut => this with { OneWayCuts = most },
        FaultKind.Crash => this with { Crashes = most },
        FaultKind.SlowDisk => this with { SlowDisks = most },
        FaultKind.Stop => this with { Stops = most },
        FaultKind.DiskFailure => this with { DiskFailures = most },
        FaultKind.PortFailure => this with { PortFailures = most },
        FaultKind.Stray => this with { Strays = most },
        FaultKind.ServiceFailure => this with { ServiceFailures = most },
        _ => this,
    };
}
