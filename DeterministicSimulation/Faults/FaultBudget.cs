namespace DeterministicSimulation;

/// <summary>The largest number of faults of each kind in a schedule.</summary>
public sealed record FaultBudget
{
    /// <summary>No faults: messages from one server to another keep their order, and clocks do not drift.</summary>
    public static FaultBudget None { get; } = new() { Reorderings = 0, Delays = 0, ClockDriftPercent = 0 };

    /// <summary>Messages lost.</summary>
    public int Losses { get; init; }

    /// <summary>Messages duplicated.</summary>
    public int Duplications { get; init; }

    /// <summary>
    /// Messages that overtake an older one on the same link, also after faults have ended. With zero, each link is first in, first out.
    /// </summary>
    public int Reorderings { get; init; } = int.MaxValue;

    /// <summary>Messages and writes that take far longer than is typical.</summary>
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

    /// <summary>Messages that no server sent.</summary>
    public int Strays { get; init; }

    /// <summary>Services that stall, give up a wait, or throw.</summary>
    public int ServiceFailures { get; init; }

    /// <summary>Disks that are full for a while.</summary>
    public int FullDisks { get; init; }

    /// <summary>Flipped bits in the files of servers that are down, and in what servers that run read.</summary>
    public int Damages { get; init; }

    /// <summary>The largest deviation of a server's clock rate from true time, in percent, in either direction.</summary>
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
        FaultKind.FullDisk => FullDisks,
        FaultKind.Damage => Damages,
        _ => int.MaxValue,
    };

    /// <summary>The same budget with another number for a kind.</summary>
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
        FaultKind.FullDisk => this with { FullDisks = most },
        FaultKind.Damage => this with { Damages = most },
        _ => this,
    };
}
