using Raft.Model.Spec;

namespace Raft.Verification.CoreGraph;

/// <summary>Bounds within which real cores are exhausted in seconds.</summary>
/// <param name="Name">What happens within the bounds.</param>
/// <param name="Bounds">The bounds.</param>
internal sealed record CorePreset(string Name, CoreBounds Bounds)
{
    // Every bound is finite.
    private static readonly RaftBounds _two = new()
    {
        Servers = 2,
        MaxMessages = 2,
        MaxLog = 0,
        MaxTimeouts = 1,
        MaxRestarts = 0,
        MaxDuplicates = 0,
        MaxDrops = 0,
        MaxClientRequests = 0,
    };

    // Less than three messages are no election of three: a candidate asks both others at once.
    private static readonly RaftBounds _three = _two with { Servers = 3, MaxMessages = 3 };

    /// <summary>The preset that is checked if no bounds are given: a leader can lose an entry to the next one.</summary>
    public static CorePreset ByDefault => All.Single(preset => preset.Name == "two leaders of three with conflicting entries");

    /// <summary>All presets, smaller ones first.</summary>
    public static IReadOnlyList<CorePreset> All { get; } =
    [
        new(
            "elections of two, crashes and late messages",
            new(_two with { MaxTerm = 3, MaxTimeouts = 2, MaxCopies = 2, MaxRestarts = 1, MaxDuplicates = 1, MaxDrops = 1 })
            {
                MaxWrites = 2,
            }),
        new(
            "elections of three, crashes and late messages",
            new(_three with { MaxTerm = 3, MaxTimeouts = 2, MaxCopies = 2, MaxRestarts = 1, MaxDuplicates = 1 }) { MaxWrites = 2 }),
        new("two leaders of three", new(_three with { MaxTerm = 3, MaxTimeouts = 2, MaxLog = 1, MaxClientRequests = 1 })),
        new("a leader of three, and lost messages", new(_three with { MaxLog = 1, MaxClientRequests = 1, MaxDrops = 1 })),
        new(
            "two leaders of two with slow disks, and crashes",
            new(_two with { MaxTerm = 3, MaxTimeouts = 2, MaxLog = 2, MaxClientRequests = 2, MaxRestarts = 1 }) { MaxWrites = 3 }),
        new(
            "a crash of three with writes in flight",
            new(_three with { MaxLog = 1, MaxClientRequests = 1, MaxRestarts = 1 }) { MaxWrites = 2 }),
        new(
            "a leader of two, late messages and batches",
            new(_two with { MaxLog = 2, MaxMessages = 3, MaxCopies = 2, MaxClientRequests = 2, MaxDuplicates = 1, MaxDrops = 1 })
            {
                MaxBatch = 2,
            }),
        new("a leader of three and its snapshot", new(_three with { MaxLog = 1, MaxClientRequests = 1 }) { Snapshots = true }),
        new(
            "two leaders of three with conflicting entries",
            new(_three with { MaxTerm = 3, MaxTimeouts = 2, MaxLog = 1, MaxClientRequests = 2, MaxDrops = 1 })),
        new(
            "two leaders of two, their snapshots, slow services and crashes",
            new(_two with { Values = 2, MaxTimeouts = 2, MaxLog = 2, MaxClientRequests = 2, MaxRestarts = 1 })
            {
                MaxWrites = 2,
                Snapshots = true,
                SlowService = true,
            }),
    ];
}
