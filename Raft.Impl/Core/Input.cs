namespace Raft.Impl.Core;

/// <summary>Something that happens to a server. The core handles one input at a time (<see cref="RaftCore.Step"/>).</summary>
public abstract record Input
{
    // Only Raft.Impl derives from it: there is a rule for each input.
    /// <summary>The input in words.</summary>
    private protected abstract string Text { get; }

    /// <summary>The input in words.</summary>
    public sealed override string ToString() => Text;
}

/// <summary>
/// A message arrived. If no server of the cluster can have sent it to this one, it changes nothing (<see cref="Output.Rejected"/>).
/// </summary>
/// <param name="Message">The message.</param>
public sealed record MessageReceived(Message Message) : Input
{
    /// <summary>The message.</summary>
    public Message Message { get; internal set; } = Message;

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

/// <summary>Clients propose commands (§5.3), in this order. <see cref="Output.Proposals"/> has the result for each.</summary>
/// <param name="Commands">The commands. Those that are taken are appended together, and replicated together.</param>
public sealed record Propose(params IReadOnlyList<Command> Commands) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"a proposal of {string.Join(", ", Commands)}";
}

/// <summary>A write, and every one before it, is durable.</summary>
/// <param name="Sequence">The <see cref="RaftWrite.Sequence"/> of the write.</param>
public sealed record WriteDurable(long Sequence) : Input
{
    /// <summary>The <see cref="RaftWrite.Sequence"/> of the write.</summary>
    public long Sequence { get; internal set; } = Sequence;

    /// <inheritdoc/>
    private protected override string Text => $"the news that write {Sequence} is durable";
}

/// <summary>The service has taken everything that it was given, and is ready for more.</summary>
public sealed record ReadyToApply : Input
{
    /// <summary>The only one that is needed.</summary>
    public static ReadyToApply Instance { get; } = new();

    /// <inheritdoc/>
    private protected override string Text => "its service's request for more to apply";
}

/// <summary>
/// A client reads: the server finds the index that its service must have applied before it answers (dissertation §6.4). <see
/// cref="Output.Reads"/> has the answer, of this step or of a later one.
/// </summary>
/// <param name="Id">The name of the read. No other read of the server has it, not even of an earlier incarnation of the server.</param>
public sealed record Read(long Id) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"read {Id}";
}

/// <summary>
/// The leader is asked to transfer its leadership to a follower (dissertation §3.10). <see cref="Output.Transfer"/> has the answer.
/// </summary>
/// <param name="Target">The follower; null: the one whose log is the most up-to-date.</param>
public sealed record TransferLeadership(ServerId? Target) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"the request to transfer its leadership to {(Target is { } target ? target : "a follower")}";
}

/// <summary>No message of a leader came for the minimum election timeout (dissertation §4.2.3).</summary>
public sealed record LeaderIsSilent : Input
{
    /// <summary>The only one that is needed.</summary>
    public static LeaderIsSilent Instance { get; } = new();

    /// <inheritdoc/>
    private protected override string Text => "the silence of its leader";
}

/// <summary>The lease of the leader has expired (dissertation §6.4.1).</summary>
public sealed record LeaseExpired : Input
{
    /// <summary>The only one that is needed.</summary>
    public static LeaseExpired Instance { get; } = new();

    /// <inheritdoc/>
    private protected override string Text => "the end of its lease";
}

/// <summary>The service took a snapshot of its state: the log up to its last index may be discarded (§7).</summary>
/// <param name="LastIndex">The last index that the snapshot covers; at most the last one that the service was given.</param>
/// <param name="Data">The service's state.</param>
public sealed record Compact(LogIndex LastIndex, SnapshotData Data) : Input
{
    /// <inheritdoc/>
    private protected override string Text => $"a compaction up to {LastIndex}";
}
