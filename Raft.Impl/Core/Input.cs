namespace Raft.Impl.Core;

/// <summary>Something that happens to a server. The core takes one after the other (<see cref="RaftCore.Step"/>).</summary>
public abstract record Input
{
    // Only Raft.Impl derives from it: there is a rule for each input.
    /// <summary>The input in words.</summary>
    private protected abstract string Text { get; }

    /// <summary>The input in words.</summary>
    public sealed override string ToString() => Text;
}

/// <summary>
/// A message arrived. One that no server of the cluster can have meant for this one changes nothing (<see cref="Output.Rejected"/>).
/// </summary>
/// <param name="Message">The message.</param>
public sealed record MessageReceived(Message Message) : Input
{
    /// <inheritdoc/>
    private protected override string Text => Message.ToString();
}

/// <summary>The election timer ran out (§5.2).</summary>
public sealed record ElectionTimeout : Input
{
    /// <summary>The only one that is needed.</summary>
    public static ElectionTimeout Instance { get; } = new();

    /// <inheritdoc/>
    private protected override string Text => "an election timeout";
}

/// <summary>The heartbeat timer ran out (§5.2).</summary>
public sealed record HeartbeatTimeout : Input
{
    /// <summary>The only one that is needed.</summary>
    public static HeartbeatTimeout Instance { get; } = new();

    /// <inheritdoc/>
    private protected override string Text => "a heartbeat timeout";
}

/// <summary>Clients propose commands (§5.3), in this order. The output's <see cref="Output.Proposals"/> say what became of each.</summary>
/// <param name="Commands">The commands; those that are taken come into the log together, and go to the followers together.</param>
public sealed record Propose(params IReadOnlyList<Command> Commands) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"a proposal of {string.Join(", ", Commands)}";
}

/// <summary>A write, and every one before it, is durable.</summary>
/// <param name="Sequence">The <see cref="RaftWrite.Sequence"/> of the write.</param>
public sealed record WriteDurable(long Sequence) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"the news that write {Sequence} is durable";
}

/// <summary>The service has taken what it was given last, and wants more to apply.</summary>
public sealed record ReadyToApply : Input
{
    /// <summary>The only one that is needed.</summary>
    public static ReadyToApply Instance { get; } = new();

    /// <inheritdoc/>
    private protected override string Text => "its service's request for more to apply";
}

/// <summary>The service took a snapshot of its state: the log up to there may go (§7).</summary>
/// <param name="LastIndex">The last index whose effect is in the snapshot; at most the last one given out to apply.</param>
/// <param name="Data">The service's state.</param>
public sealed record Compact(LogIndex LastIndex, SnapshotData Data) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"a compaction up to {LastIndex}";
}
