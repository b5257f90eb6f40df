using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Proposals that the node's loop takes together: as many as one message carries. One write appends them to the log, and one message
/// replicates them to each follower. A batch that was handled is used again (<see cref="Clear"/>).
/// </summary>
internal sealed class ProposalBatch
{
    private readonly List<Command> _commands;
    private readonly List<Proposer> _proposers = [];
    private readonly Propose _input;

    /// <summary>Makes a batch without proposals.</summary>
    public ProposalBatch()
    {
        _commands = [];
        _input = new Propose(_commands);
    }

    /// <summary>The callers that wait for the result of each.</summary>
    public IReadOnlyList<Proposer> Proposers => _proposers;

    /// <summary>How many proposals it has.</summary>
    public int Count => _commands.Count;

    /// <summary>The bytes that the proposals count toward limits.</summary>
    public long Bytes { get; private set; }

    /// <summary>The bytes that a proposal counts toward limits: as many as its entry.</summary>
    public static long SizeOf(Command command) => new LogEntry(Term.Zero, command).Size;

    /// <summary>The input of the core: the commands themselves, so it is valid until the batch is used again.</summary>
    public Propose ToInput() => _input;

    /// <summary>Removes all proposals.</summary>
    public void Clear()
    {
        _commands.Clear();
        _proposers.Clear();
        Bytes = 0;
    }

    /// <summary>Adds a proposal, if it is the only one or if a message can carry it with the others.</summary>
    public bool TryAdd(Command command, Proposer proposer, CoreOptions limits)
    {
        var size = SizeOf(command);
        if (Count > 0 && (Count >= limits.MaxEntriesPerMessage || Bytes + size > limits.MaxMessageBytes))
        {
            return false;
        }

        _commands.Add(command);
        _proposers.Add(proposer);
        Bytes += size;
        return true;
    }
}
