using Raft.Impl.Core;

namespace Raft.Impl.Node;

/// <summary>
/// Proposals that the node's loop takes together: as many as one message carries. One write appends them to the log, and one message
/// replicates them to each follower.
/// </summary>
internal sealed class ProposalBatch
{
    private readonly List<Command> _commands;
    private readonly List<TaskCompletionSource<Proposal>> _answers;

    /// <summary>Makes a batch of one proposal, whatever its size.</summary>
    /// <param name="command">The command.</param>
    /// <param name="answer">Receives the result.</param>
    /// <param name="capacity">How many proposals the batch will probably have.</param>
    public ProposalBatch(Command command, TaskCompletionSource<Proposal> answer, int capacity)
    {
        (_commands, _answers) = (new(capacity), new(capacity));
        Add(command, answer);
    }

    /// <summary>The commands.</summary>
    public IReadOnlyList<Command> Commands => _commands;

    /// <summary>Receives the result of each.</summary>
    public IReadOnlyList<TaskCompletionSource<Proposal>> Answers => _answers;

    /// <summary>How many proposals it has.</summary>
    public int Count => _commands.Count;

    /// <summary>The bytes that the proposals count toward limits.</summary>
    public long Bytes { get; private set; }

    /// <summary>The bytes that a proposal counts toward limits: as many as its entry.</summary>
    public static long SizeOf(Command command) => new LogEntry(Term.Zero, command).Size;

    /// <summary>Adds a proposal, if a message can carry it with the others.</summary>
    public bool TryAdd(Command command, TaskCompletionSource<Proposal> answer, CoreOptions limits)
    {
        if (Count >= limits.MaxEntriesPerMessage || Bytes + SizeOf(command) > limits.MaxMessageBytes)
        {
            return false;
        }

        Add(command, answer);
        return true;
    }

    private void Add(Command command, TaskCompletionSource<Proposal> answer)
    {
        _commands.Add(command);
        _answers.Add(answer);
        Bytes += SizeOf(command);
    }
}
