namespace Raft.Verification.Viewer;

/// <summary>What a property says, in a sentence.</summary>
/// <param name="Sentence">The sentence.</param>
/// <param name="Place">Its place in the extended Raft paper, or where else it comes from.</param>
public sealed record PropertyMeaning(string Sentence, string Place)
{
    private static readonly PropertyMeaning _unknown = new("A property of this trace's engine.", "See the message.");

    private static readonly Dictionary<string, PropertyMeaning> _known = new()
    {
        ["ElectionSafety"] = new("At most one leader can be elected in a given term.", "Figure 3, Election Safety; §5.2"),
        ["LeaderAppendOnly"] = new("A leader never overwrites or deletes entries in its log; it only appends new entries.", "Figure 3, Leader Append-Only; §5.3"),
        ["LogMatching"] = new("If two logs contain an entry with the same index and term, then the logs are identical in all entries up through the given index.", "Figure 3, Log Matching; §5.3"),
        ["LeaderCompleteness"] = new("If a log entry is committed in a given term, then that entry is present in the logs of the leaders of all higher-numbered terms.", "Figure 3, Leader Completeness; §5.4"),
        ["StateMachineSafety"] = new("If a server has applied a log entry at a given index, no other server will ever apply a different entry for the same index.", "Figure 3, State Machine Safety; §5.4.3"),
        ["Monotonicity"] = new("currentTerm and commitIndex never decrease while a server lives, and no server returns to a term before one that it told others.", "Figure 2, State; §5.1"),
        ["OneVotePerTerm"] = new("Each server votes for at most one candidate in a given term, over crashes too.", "§5.2"),
        ["DurableBeforeSend"] = new("Persistent state is on stable storage before anything is sent that depends on it.", "Figure 2, State"),
        ["CommittedByQuorum"] = new("A leader commits an entry only once it is on the disks of a majority, and by counting only entries of its own term; others commit only what the leader told them.", "§5.3 and §5.4.2, Figure 8"),
        ["LeaderProgress"] = new("matchIndex increases monotonically and is true of the follower's disk, and nextIndex lies behind it.", "Figure 2, volatile state on leaders"),
        ["ElectedByQuorum"] = new("A candidate leads only with the votes of a majority for that term, its own on disk.", "§5.2"),
        ["Persistence"] = new("Once all its writes are durable, a server's disk holds currentTerm, votedFor and log as its memory does.", "Figure 2, persistent state"),
        ["StepsDown"] = new("Who hears of a later term is a follower in it; who hears from the leader of its term follows it.", "Figure 2, All Servers; §5.1 and §5.2"),
        ["ElectionTimer"] = new("The leader's messages, a vote that is given and an election of its own put a server's election off, and nothing else does.", "Figure 2, Followers and Candidates; §5.2"),
        ["SoundMessages"] = new("A server takes what the servers of its cluster send to it, and nothing else.", "§5"),
        ["StaleWork"] = new("A server sends nothing of an earlier term, and begins no election before its vote is on its disk.", "§5.2"),
        ["FlowControl"] = new("Every message, and everything that is on its way or waits, has a bound.", "dissertation §10.2.1"),
        ["Lifetime"] = new("A node does nothing after its end.", "Fig. 2, persistent state"),
        ["Status"] = new("What a node says that it is, and how far its service is, is so.", "Figure 2, State"),
        ["Answers"] = new("Every call of a node gets its answer, or a failure, in bounded time; also where the node stops.", "Not of the paper"),
        ["CoreValue"] = new("A core is a value: a copy is equal to it, shares nothing with it and goes on as it does; nothing else is equal to it.", "Not of the paper"),
        ["Encoding"] = new("A message, or a stored state, that is decoded is the one that was encoded.", "Not of the paper"),
        ["StorageContract"] = new("The storage in memory holds what was written last and is durable, through crashes and failures.", "Figure 2, persistent state"),
        ["Arguments"] = new("What a caller must not give is refused with the documented exception, and changes nothing; what it may give is not refused.", "Not of the paper"),
        ["Inbox"] = new("What waits for a node has a bound, and is taken in turn: neither messages nor proposals hold each other up.", "Not of the paper"),
        ["NodeTimers"] = new("A node keeps the time that its options say: elections, heartbeats, and how long it waits for its disk.", "§5.2 and §9.3"),
        ["Counters"] = new("A node counts and logs each message, proposal, send, step and line that it refused, dropped or failed at.", "Not of the paper"),
        ["ClientHistory"] = new("What the services apply was proposed, once for each proposal at most, and what clients are told of it is true.", "§8"),
        ["DurableSnapshot"] = new("Once a service is told so, its snapshot is on the disk and its log is compacted; a restart begins with it.", "§7"),
        ["Stability"] = new("A leader that can reach its followers stays the leader, and they hear from it in the heartbeat interval.", "§5.2"),
        ["Cost"] = new("Each request is answered once, nothing is sent or written for nothing, and a commit is told at once.", "§5.3; dissertation §10.2"),
        ["ProposalStands"] = new("What a client is told is the index and term at which the leader put its command.", "§8"),
        ["Liveness"] = new("Once faults have ended and time is fair, a leader is elected, and what it accepts is committed, within a bound of time.", "§5.6 and §9.3"),
        ["OneLeaderPerTerm"] = new("At most one leader can be elected in a given term.", "Figure 3, Election Safety; §5.2"),
        ["CommitInLog"] = new("What a server holds to be committed is in its log.", "Figure 2, volatile state"),
        ["QuorumLog"] = new("What is committed is in the log of at least one server of every majority.", "§5.4"),
        ["MoreUpToDate"] = new("A server whose log is at least as up-to-date as another's holds whatever the other holds committed.", "§5.4.1"),
        ["SnapshotIsCommitted"] = new("A snapshot replaces only what is committed.", "§7"),
        ["CommitIndexNeverDecreases"] = new("commitIndex increases monotonically.", "Figure 2, volatile state"),
        ["Deadlock"] = new("Something can always happen until the scenario is done.", "Not of the paper: the engine looks after it"),
        ["Termination"] = new("Every scenario is done within its bound of steps.", "Not of the paper: the engine looks after it"),
        ["EscapedWork"] = new("All work stays under the scheduler's control.", "Not of the paper: the engine looks after it"),
        ["UnhandledException"] = new("Nothing throws.", "Not of the paper: the engine looks after it"),
        ["NodeFailure"] = new("No node stops because of an error.", "Not of the paper: the engine looks after it"),
        ["Coyote"] = new(
            "Microsoft Coyote sees no deadlock, no work out of its control, and no cluster that never comes to agree again.",
            "Not of the paper: Coyote looks after it"),
        ["LabTest"] = new("What the lab test expects comes about.", "Not of the paper: the lab test looks after it"),
        ["Scenario"] = new("What the scenario itself expects comes about.", "Not of the paper: the scenario looks after it"),
    };

    /// <summary>The properties that have a sentence.</summary>
    public static IEnumerable<string> Known => _known.Keys;

    /// <summary>What a property says, by its name.</summary>
    public static PropertyMeaning Of(string property) => _known.GetValueOrDefault(property, _unknown);
}
