using Raft.Model.Spec;

namespace Raft.Verification.Mutants;

/// <summary>Options and bounds for the model checker that it exhausts within seconds.</summary>
/// <param name="Name">What happens within the bounds.</param>
/// <param name="Options">The options of the specification.</param>
/// <param name="Bounds">The bounds.</param>
internal sealed record CheckPreset(string Name, RaftOptions Options, RaftBounds Bounds)
{
    private static readonly RaftOptions _plain = RaftOptions.Implementation with { MaxWrites = 0, Snapshots = false };
    private static readonly RaftOptions _durable = RaftOptions.Implementation with { Snapshots = false };
    private static readonly RaftOptions _snapshots = RaftOptions.Implementation with { MaxWrites = 0 };

    // Every bound is finite.
    private static readonly RaftBounds _small = new()
    {
        Servers = 3,
        MaxTerm = 3,
        MaxRestarts = 0,
        MaxDuplicates = 0,
        MaxDrops = 0,
        MaxClientRequests = 0,
        MaxTimeouts = 2,
        MaxMessages = 2,
        MaxLog = 0,
    };

    /// <summary>
    /// All presets, smaller ones first, in the order in which they are checked. Together they cover everything that a bug of Raft's rules
    /// may need.
    /// </summary>
    public static IReadOnlyList<CheckPreset> All { get; } =
    [
        new("an election", _plain, _small with { MaxCopies = 2, MaxDuplicates = 1 }),
        new("an election of four", _plain, _small with { Servers = 4, MaxTerm = 2 }),
        new("a crash in an election", _durable, _small with { MaxRestarts = 1 }),
        new(
            "a crash of a leader with an entry",
            _durable,
            _small with { MaxTerm = 2, MaxTimeouts = 1, MaxLog = 1, MaxClientRequests = 1, MaxRestarts = 1 }),
        new("a crash between two leaders", _durable, _small with { MaxMessages = 1, MaxLog = 1, MaxClientRequests = 1, MaxRestarts = 1 }),
        new("three elections", _plain, _small with { MaxTerm = 4, MaxTimeouts = 3 }),
        new("slow disks in three elections", _durable, _small with { MaxTerm = 4, MaxTimeouts = 4, MaxMessages = 1 }),
        new(
            "a leader, and late messages",
            _plain,
            _small with { MaxTerm = 2, MaxTimeouts = 1, MaxCopies = 2, MaxDuplicates = 1, MaxLog = 2, MaxClientRequests = 2 }),
        new("two leaders", _plain, _small with { MaxMessages = 1, MaxLog = 2, MaxClientRequests = 3 }),
        new(
            "a leader and its snapshots",
            _snapshots,
            _small with { Values = 2, MaxTerm = 2, MaxTimeouts = 1, MaxLog = 2, MaxClientRequests = 2 }),
        new("two leaders and their snapshots", _snapshots, _small with { MaxMessages = 1, MaxLog = 2, MaxClientRequests = 3 }),
        new(
            "a crash between two leaders with two entries",
            _durable,
            _small with { MaxMessages = 1, MaxLog = 2, MaxClientRequests = 2, MaxRestarts = 1 }),
        new("three leaders", _plain, _small with { MaxTerm = 4, MaxTimeouts = 3, MaxMessages = 1, MaxLog = 2, MaxClientRequests = 2 }),
    ];
}
