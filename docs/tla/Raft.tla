-------------------------------- MODULE Raft --------------------------------
(***************************************************************************)
(* Raft as the model of this repository has it (Raft.Model/Spec): the      *)
(* published specification of Ongaro's dissertation, appendix B.2, without *)
(* its history variables, and options that extend it towards the           *)
(* implementation.  With every option off it is the published one.         *)
(*                                                                         *)
(* Actions, variables, options, bounds and properties have the names of    *)
(* the C# text (RaftAction, RaftVariables, RaftOptions, RaftBounds and     *)
(* RaftSpec.Properties.cs), and the actions stand in its order.  Each part *)
(* names the file that it follows.                                         *)
(***************************************************************************)
EXTENDS Naturals, Sequences, FiniteSets, TLC

CONSTANTS
    Server,             \* the set of servers
    Value,              \* the set of values that clients propose
    Nil                 \* votedFor of a server that has not voted

\* The options of RaftOptions.  In the published specification: FALSE, 1, 0.
CONSTANTS
    AtomicReceive,      \* a message is handled in one step
    SelfVote,           \* a candidate votes for itself as it becomes one
    MonotonicIndexes,   \* a late message does not move an index back
    MaxEntries,         \* the most entries of an AppendEntries request
    FastBackup,         \* a refusal names the whole conflicting term (5.3)
    MaxWrites,          \* the most writes that a server has in flight
    Snapshots,          \* servers replace committed entries by snapshots (7)
    Chunks,             \* the most chunks of a snapshot; with 0 it is one message
    MaxBatch,           \* the most entries that a leader appends in one step
    Pipelining,         \* a leader sends without waiting for answers
    OpaqueSnapshots     \* a server does not know which entries a snapshot covers

\* The bounds of RaftBounds.
CONSTANTS
    MaxTerm,            \* the greatest term
    MaxLog,             \* the greatest length of a log
    MaxMessages,        \* the most messages in flight, counting copies
    MaxCopies           \* the most copies of one message

\* The budgets of RaftBounds: how often an action may fire, or Unlimited.
CONSTANTS Unlimited, MaxRestarts, MaxDuplicates, MaxDrops, MaxClientRequests, MaxTimeouts

-----------------------------------------------------------------------------
(* Variables (RaftVariables.cs, DurableVariables.cs).                      *)

\* What a server keeps across a restart.  With writes in flight: the state
\* after all of them complete.
VARIABLES currentTerm, votedFor, log, snapshotIndex

\* The rest of a server's state.  received...: option Chunks, the last index
\* and term of the snapshot that is arriving, and how much of it has arrived.
VARIABLES
    state, commitIndex, votesResponded, votesGranted, nextIndex, matchIndex,
    receivedIndex, receivedTerm, receivedLength

\* Option MaxWrites: for each write in flight, the durable variables before it.
\* The first of them is what a restart finds.
VARIABLE older

\* The bag of messages: a function from messages to their number of copies.
VARIABLE messages

\* What is spent of each budget; 0 throughout if it is unlimited.
VARIABLES restarts, duplicates, drops, clientRequests, timeouts

durableVars == <<currentTerm, votedFor, log, snapshotIndex>>
voteVars == <<votesResponded, votesGranted>>
leaderVars == <<nextIndex, matchIndex>>
receivedVars == <<receivedIndex, receivedTerm, receivedLength>>
budgetVars == <<restarts, duplicates, drops, clientRequests, timeouts>>
vars == <<durableVars, state, commitIndex, voteVars, leaderVars, receivedVars, older, messages, budgetVars>>

Follower == "Follower"
Candidate == "Candidate"
Leader == "Leader"

RequestVoteRequest == "RequestVoteRequest"
RequestVoteResponse == "RequestVoteResponse"
AppendEntriesRequest == "AppendEntriesRequest"
AppendEntriesResponse == "AppendEntriesResponse"
InstallSnapshotRequest == "InstallSnapshotRequest"

-----------------------------------------------------------------------------
(* Operators (RaftSpec.cs).                                                *)

Max(a, b) == IF a >= b THEN a ELSE b
Min(a, b) == IF a <= b THEN a ELSE b
Greatest(numbers) == CHOOSE n \in numbers : \A k \in numbers : n >= k
Least(numbers) == CHOOSE n \in numbers : \A k \in numbers : n <= k

\* Any two quorums have a server in common, which is all that matters.
IsQuorum(servers) == Cardinality(servers) * 2 > Cardinality(Server)

\* The term of the entry at an index; of the empty prefix, 0.
TermAt(entries, index) == IF index = 0 THEN 0 ELSE entries[index].term
LastTerm(entries) == TermAt(entries, Len(entries))

\* Both logs are that long, and are equal so far.
SamePrefix(one, other, length) ==
    /\ Len(one) >= length
    /\ Len(other) >= length
    /\ \A index \in 1..length : one[index] = other[index]

\* TLC takes each disjunct of an action for a step of its own.  A guard is not one.
Guard(condition) == condition = TRUE

Add(bag, m) == IF m \in DOMAIN bag THEN [bag EXCEPT ![m] = @ + 1] ELSE bag @@ (m :> 1)
Remove(bag, m) == IF bag[m] > 1 THEN [bag EXCEPT ![m] = @ - 1] ELSE [n \in DOMAIN bag \ {m} |-> bag[n]]

\* Budget.cs.
IsLeft(max, spent, more) == IF max = Unlimited THEN TRUE ELSE spent + more <= max
Spend(max, spent, more) == IF max = Unlimited THEN spent ELSE spent + more

-----------------------------------------------------------------------------
(* Durability (RaftSpec.Durability.cs).  A change of a server's durable    *)
(* variables is durable only when its write completes.  Until then, a      *)
(* restart loses it.  With MaxWrites = 0 every write is durable at once.   *)

Durable(i) ==
    [term |-> currentTerm[i], vote |-> votedFor[i], entries |-> log[i], snapshot |-> snapshotIndex[i]]

writes == [i \in Server |-> Len(older[i])]

\* older[i] after a step in which server i's durable variables become d.
OlderWith(i, d) == IF MaxWrites = 0 \/ d = Durable(i) THEN older[i] ELSE Append(older[i], Durable(i))

SetDurable(i, d) ==
    /\ currentTerm' = [currentTerm EXCEPT ![i] = d.term]
    /\ votedFor' = [votedFor EXCEPT ![i] = d.vote]
    /\ log' = [log EXCEPT ![i] = d.entries]
    /\ snapshotIndex' = [snapshotIndex EXCEPT ![i] = d.snapshot]

\* Ends the change of server i in a step: if a durable variable changed, one
\* more write is in flight.  If no more are allowed, the step is not enabled.
Write(i, d) ==
    /\ Len(OlderWith(i, d)) <= MaxWrites
    /\ older' = [older EXCEPT ![i] = OlderWith(i, d)]
    /\ SetDurable(i, d)

\* How many of the writes that begin with those in o must complete until the
\* term and vote of d are durable.
WritesUntilVote(o, d) ==
    Greatest({0} \cup {k \in 1..Len(o) : <<o[k].term, o[k].vote>> # <<d.term, d.vote>>})

\* Option OpaqueSnapshots: whether write k replaces the log up to an index by a
\* snapshot that does not continue it.
Replaces(o, d, k, index) ==
    LET before == o[k]
        after == IF k < Len(o) THEN o[k + 1] ELSE d
    IN  /\ OpaqueSnapshots
        /\ index > 0
        /\ after.snapshot # before.snapshot
        /\ ~SamePrefix(before.entries, after.entries, after.snapshot)

\* The same until the log of d is durable up to an index, and stays so.
WritesUntilLog(o, d, index) ==
    Greatest({0} \cup {k \in 1..Len(o) : ~SamePrefix(o[k].entries, d.entries, index) \/ Replaces(o, d, k, index)})

\* The oldest write of server i completes.  Messages that waited for it wait
\* for one write less.
CompleteWrite(i) ==
    LET Waits(m) == m.msource = i /\ m.mheld > 0
        Before(m) == [m EXCEPT !.mheld = @ + 1]
        Next1(m) == IF Waits(m) THEN [m EXCEPT !.mheld = @ - 1] ELSE m
        Copies(m) == IF m \in DOMAIN messages THEN messages[m] ELSE 0
    IN  /\ writes[i] > 0
        /\ older' = [older EXCEPT ![i] = Tail(@)]
        /\ messages' = [m \in {Next1(m) : m \in DOMAIN messages} |->
                            (IF Waits(m) THEN 0 ELSE Copies(m)) + (IF m.msource = i THEN Copies(Before(m)) ELSE 0)]
        /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, leaderVars, receivedVars, budgetVars>>

-----------------------------------------------------------------------------
(* The actions of servers, clients and the network (RaftSpec.Actions.cs).  *)

ForgetReceived(i) ==
    /\ receivedIndex' = [receivedIndex EXCEPT ![i] = 0]
    /\ receivedTerm' = [receivedTerm EXCEPT ![i] = 0]
    /\ receivedLength' = [receivedLength EXCEPT ![i] = 0]

ResetProgress(i, next) ==
    /\ nextIndex' = [nextIndex EXCEPT ![i] = [j \in Server |-> next]]
    /\ matchIndex' = [matchIndex EXCEPT ![i] = [j \in Server |-> 0]]

\* Server i restarts.  It loses the writes in flight, and messages that waited
\* for them are never sent.  A snapshot covers only committed entries.
Restart(i) ==
    LET kept == IF writes[i] > 0 THEN older[i][1] ELSE Durable(i)
    IN  /\ IsLeft(MaxRestarts, restarts, 1)
        /\ SetDurable(i, kept)
        /\ older' = [older EXCEPT ![i] = <<>>]
        /\ messages' = [m \in {n \in DOMAIN messages : n.msource # i \/ n.mheld = 0} |-> messages[m]]
        /\ state' = [state EXCEPT ![i] = Follower]
        /\ votesResponded' = [votesResponded EXCEPT ![i] = {}]
        /\ votesGranted' = [votesGranted EXCEPT ![i] = {}]
        /\ ResetProgress(i, 1)
        /\ ForgetReceived(i)
        /\ commitIndex' = [commitIndex EXCEPT ![i] = kept.snapshot]
        /\ restarts' = Spend(MaxRestarts, restarts, 1)
        /\ UNCHANGED <<duplicates, drops, clientRequests, timeouts>>

\* Server i times out and starts a new election.  Without SelfVote it does not
\* vote for itself here, but asks itself by message.
Timeout(i) ==
    LET own == IF SelfVote THEN {i} ELSE {}
    IN  /\ state[i] # Leader
        /\ IsLeft(MaxTimeouts, timeouts, 1)
        /\ state' = [state EXCEPT ![i] = Candidate]
        /\ votesResponded' = [votesResponded EXCEPT ![i] = own]
        /\ votesGranted' = [votesGranted EXCEPT ![i] = own]
        /\ ForgetReceived(i)
        /\ timeouts' = Spend(MaxTimeouts, timeouts, 1)
        /\ Write(i, [Durable(i) EXCEPT !.term = @ + 1, !.vote = IF SelfVote THEN i ELSE Nil])
        /\ UNCHANGED <<commitIndex, leaderVars, messages, restarts, duplicates, drops, clientRequests>>

\* Candidate i sends j a RequestVote request.  j may be i.
RequestVote(i, j) ==
    /\ state[i] = Candidate
    /\ j \notin votesResponded[i]
    /\ messages' = Add(messages,
           [mtype |-> RequestVoteRequest, mterm |-> currentTerm[i], mlastLogTerm |-> LastTerm(log[i]), mlastLogIndex |-> Len(log[i]),
            msource |-> i, mdest |-> j, mheld |-> WritesUntilVote(older[i], Durable(i))])
    /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, leaderVars, receivedVars, older, budgetVars>>

\* Candidate i transitions to leader.  Its own vote is durable by then.
BecomeLeader(i) ==
    /\ state[i] = Candidate
    /\ IsQuorum(votesGranted[i])
    /\ WritesUntilVote(older[i], Durable(i)) = 0
    /\ state' = [state EXCEPT ![i] = Leader]
    /\ ResetProgress(i, Len(log[i]) + 1)
    /\ UNCHANGED <<durableVars, commitIndex, voteVars, receivedVars, older, messages, budgetVars>>

\* Leader i appends the values that clients ask it to append.  Option MaxBatch:
\* several at once.
ClientRequest(i, values) ==
    /\ state[i] = Leader
    /\ IsLeft(MaxClientRequests, clientRequests, Len(values))
    /\ clientRequests' = Spend(MaxClientRequests, clientRequests, Len(values))
    /\ Write(i, [Durable(i) EXCEPT !.entries = @ \o [k \in 1..Len(values) |-> [term |-> currentTerm[i], value |-> values[k]]]])
    /\ UNCHANGED <<state, commitIndex, voteVars, leaderVars, receivedVars, messages, restarts, duplicates, drops, timeouts>>

\* The servers that hold leader i's log up to an index.  Leader i itself counts
\* up to its durable index.
Agree(i, index) ==
    {k \in Server : matchIndex[i][k] >= index} \cup (IF WritesUntilLog(older[i], Durable(i), index) = 0 THEN {i} ELSE {})

\* Leader i advances its commitIndex: to the largest index that a quorum holds,
\* if the entry there is of its term (5.4.2).
AdvanceCommitIndex(i) ==
    LET least == IF MonotonicIndexes THEN commitIndex[i] ELSE 0
        agreed == {index \in (least + 1)..Len(log[i]) : IsQuorum(Agree(i, index))}
        commits == agreed # {} /\ log[i][Greatest(agreed)].term = currentTerm[i]
    IN  /\ state[i] = Leader
        /\ commitIndex' = IF commits THEN [commitIndex EXCEPT ![i] = Max(Greatest(agreed), snapshotIndex[i])] ELSE commitIndex
        /\ UNCHANGED <<durableVars, state, voteVars, leaderVars, receivedVars, older, messages, budgetVars>>

\* Option Pipelining: whether a heartbeat may build on an index, other than
\* nextIndex - 1.
IsHeartbeat(i, j, prevLogIndex) ==
    \/ prevLogIndex = matchIndex[i][j]
    \/ prevLogIndex = snapshotIndex[i] /\ prevLogIndex >= nextIndex[i][j]

\* Leader i sends j a number of entries after one of its log.
AppendEntries(i, j, prevLogIndex, count, movesNext) ==
    /\ state[i] = Leader
    /\ i # j
    /\ prevLogIndex >= snapshotIndex[i]
    /\ Guard(prevLogIndex = nextIndex[i][j] - 1 \/ (count = 0 /\ IsHeartbeat(i, j, prevLogIndex)))
    /\ prevLogIndex + count <= Len(log[i])
    /\ nextIndex' = IF movesNext THEN [nextIndex EXCEPT ![i][j] = prevLogIndex + count + 1] ELSE nextIndex
    /\ messages' = Add(messages,
           [mtype |-> AppendEntriesRequest, mterm |-> currentTerm[i],
            mprevLogIndex |-> prevLogIndex, mprevLogTerm |-> TermAt(log[i], prevLogIndex),
            mentries |-> SubSeq(log[i], prevLogIndex + 1, prevLogIndex + count),
            mcommitIndex |-> Min(commitIndex[i], prevLogIndex + count),
            msource |-> i, mdest |-> j, mheld |-> 0])
    /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, matchIndex, receivedVars, older, budgetVars>>

\* The entries from nextIndex on, as many as a message carries.  Option
\* Pipelining: fewer entries, or a heartbeat that builds on another entry.
AppendEntriesChoices(i, j) ==
    LET prev == nextIndex[i][j] - 1
        most == IF Len(log[i]) > prev THEN Min(Len(log[i]) - prev, MaxEntries) ELSE 0
        match == matchIndex[i][j]
    IN  IF ~Pipelining
        THEN {<<prev, most, FALSE>>}
        ELSE {<<prev, count, FALSE>> : count \in 0..most}
             \cup {<<prev, count, TRUE>> : count \in 1..most}
             \cup (IF match < prev THEN {<<match, 0, FALSE>>} ELSE {})
             \cup (IF prev < snapshotIndex[i] THEN {<<snapshotIndex[i], 0, FALSE>>} ELSE {})

\* The network duplicates a message.
DuplicateMessage(m) ==
    /\ IsLeft(MaxDuplicates, duplicates, 1)
    /\ messages' = Add(messages, m)
    /\ duplicates' = Spend(MaxDuplicates, duplicates, 1)
    /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, leaderVars, receivedVars, older>>
    /\ UNCHANGED <<restarts, drops, clientRequests, timeouts>>

\* The network drops a message.
DropMessage(m) ==
    /\ IsLeft(MaxDrops, drops, 1)
    /\ messages' = Remove(messages, m)
    /\ drops' = Spend(MaxDrops, drops, 1)
    /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, leaderVars, receivedVars, older>>
    /\ UNCHANGED <<restarts, duplicates, clientRequests, timeouts>>

\* Option Snapshots (7): server i replaces its log up to an index that it has
\* committed by a snapshot.  log[i] keeps those entries, because they are the
\* content of the snapshot, and the invariants refer to them.
TakeSnapshot(i, index) ==
    /\ Snapshots
    /\ index > snapshotIndex[i]
    /\ index <= commitIndex[i]
    /\ Write(i, [Durable(i) EXCEPT !.snapshot = index])
    /\ UNCHANGED <<state, commitIndex, voteVars, leaderVars, receivedVars, messages, budgetVars>>

\* Option Snapshots (7): leader i has discarded the entries that j needs next,
\* and sends it its snapshot.  Option Chunks: it sends a chunk of any snapshot
\* that j is not known to hold, or asks how much of it has arrived.
InstallSnapshot(i, j, last, offset, length, done, movesNext) ==
    /\ state[i] = Leader
    /\ i # j
    /\ last <= snapshotIndex[i]
    /\ last > matchIndex[i][j]
    /\ Guard(movesNext => nextIndex[i][j] <= snapshotIndex[i])
    /\ nextIndex' = IF movesNext THEN [nextIndex EXCEPT ![i][j] = snapshotIndex[i] + 1] ELSE nextIndex
    /\ messages' = Add(messages,
           [mtype |-> InstallSnapshotRequest, mterm |-> currentTerm[i], msnapshot |-> SubSeq(log[i], 1, last),
            moffset |-> offset, mlength |-> length, mdone |-> done, msource |-> i, mdest |-> j, mheld |-> 0])
    /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, matchIndex, receivedVars, older, budgetVars>>

\* A message holds a whole chunk, or nothing of it.
InstallSnapshotChoices(i, j) ==
    IF Chunks = 0
    THEN IF nextIndex[i][j] - 1 < snapshotIndex[i] THEN {<<snapshotIndex[i], 0, 0, FALSE, FALSE>>} ELSE {}
    ELSE {<<last, offset, length, length = 1 /\ offset + 1 = Chunks, movesNext>> :
              last \in (matchIndex[i][j] + 1)..snapshotIndex[i], offset \in 0..(Chunks - 1), length \in 0..1, movesNext \in BOOLEAN}

-----------------------------------------------------------------------------
(* How a server handles a message (RaftSpec.Receive.cs).  i is the server  *)
(* that receives m, j the one that sent it.                                *)

\* A message that waits for a write is not in flight yet.
IsInFlight(m) == m \in DOMAIN messages /\ m.mheld = 0

\* With atomic receive, the recipient of a newer term advances its term in the
\* step that handles the message.  Otherwise UpdateTerm has done so before.
IsNewer(m) == m.mterm > currentTerm[m.mdest]
CanHandle(m) == Guard(AtomicReceive \/ ~IsNewer(m))

\* Server i as it handles m: after it has advanced its term.
DurableAt(m) ==
    IF IsNewer(m) THEN [Durable(m.mdest) EXCEPT !.term = m.mterm, !.vote = Nil] ELSE Durable(m.mdest)
StateAt(m) == IF IsNewer(m) THEN Follower ELSE state[m.mdest]
ForgetIfNewer(m) == IF IsNewer(m) THEN ForgetReceived(m.mdest) ELSE UNCHANGED receivedVars
SetState(i, role) == state' = [state EXCEPT ![i] = role]

\* Removes m, and adds the response to it.
Reply(m, response) == messages' = Add(Remove(messages, m), response)
Discard(m) == messages' = Remove(messages, m)

\* The fields of a response to entries, and to a snapshot.
Answer(m, d, held) ==
    [mtype |-> AppendEntriesResponse, mterm |-> d.term, msuccess |-> FALSE, mmatchIndex |-> 0,
     mrefusedIndex |-> 0, mconflictIndex |-> 0, mconflictTerm |-> 0, mmissing |-> 0,
     msource |-> m.mdest, mdest |-> m.msource, mheld |-> held]

AnswerSuccess(m, d, index) ==
    LET o == OlderWith(m.mdest, d)
    IN  Reply(m, [Answer(m, d, Max(WritesUntilVote(o, d), WritesUntilLog(o, d, index))) EXCEPT
                     !.msuccess = TRUE, !.mmatchIndex = index])

\* Any message with a newer term causes the recipient to advance its term
\* first.  The message stays, to be handled by a later step.
UpdateTerm(m) ==
    LET i == m.mdest
    IN  /\ ~AtomicReceive
        /\ IsNewer(m)
        /\ Write(i, DurableAt(m))
        /\ SetState(i, Follower)
        /\ ForgetReceived(i)
        /\ UNCHANGED <<commitIndex, voteVars, leaderVars, messages, budgetVars>>

HandleRequestVoteRequest(m) ==
    LET i == m.mdest
        j == m.msource
        before == DurableAt(m)
        logOk == \/ m.mlastLogTerm > LastTerm(log[i])
                 \/ m.mlastLogTerm = LastTerm(log[i]) /\ m.mlastLogIndex >= Len(log[i])
        grant == m.mterm = before.term /\ logOk /\ before.vote \in {Nil, j}
        d == IF grant THEN [before EXCEPT !.vote = j] ELSE before
    IN  /\ m.mtype = RequestVoteRequest
        /\ CanHandle(m)
        /\ SetState(i, StateAt(m))
        /\ ForgetIfNewer(m)
        /\ Write(i, d)
        /\ Reply(m, [mtype |-> RequestVoteResponse, mterm |-> d.term, mvoteGranted |-> grant,
                     msource |-> i, mdest |-> j, mheld |-> WritesUntilVote(OlderWith(i, d), d)])
        /\ UNCHANGED <<commitIndex, voteVars, leaderVars, budgetVars>>

\* This tallies votes even if the current state is not Candidate, but they are
\* not looked at then.
HandleRequestVoteResponse(m) ==
    LET i == m.mdest
        j == m.msource
    IN  /\ m.mtype = RequestVoteResponse
        /\ CanHandle(m)
        /\ m.mterm >= currentTerm[i]
        /\ SetState(i, StateAt(m))
        /\ ForgetIfNewer(m)
        /\ votesResponded' = [votesResponded EXCEPT ![i] = @ \cup {j}]
        /\ votesGranted' = IF m.mvoteGranted THEN [votesGranted EXCEPT ![i] = @ \cup {j}] ELSE votesGranted
        /\ Write(i, DurableAt(m))
        /\ Discard(m)
        /\ UNCHANGED <<commitIndex, leaderVars, budgetVars>>

\* Responses with stale terms are ignored.
DropStaleResponse(m) ==
    /\ m.mtype \in {RequestVoteResponse, AppendEntriesResponse}
    /\ m.mterm < currentTerm[m.mdest]
    /\ Discard(m)
    /\ UNCHANGED <<durableVars, state, commitIndex, voteVars, leaderVars, receivedVars, older, budgetVars>>

\* A leader takes no entries in its term.  Without atomic receive, a candidate
\* returns to follower state first.
CanTakeEntries(m) == StateAt(m) = Follower \/ (StateAt(m) = Candidate /\ AtomicReceive)

LogOk(m) ==
    LET i == m.mdest
    IN  \/ m.mprevLogIndex = 0
        \/ m.mprevLogIndex <= Len(log[i]) /\ m.mprevLogTerm = TermAt(log[i], m.mprevLogIndex)
        \/ m.mprevLogIndex < snapshotIndex[i]

\* Option FastBackup (5.3, RaftSpec.Backup.cs): "the follower can include the
\* term of the conflicting entry and the first index it stores for that term".
Conflict(m, answer) ==
    LET i == m.mdest
        refused == m.mprevLogIndex
        term == TermAt(log[i], refused)
        first == Least({index \in 1..refused :
                            \/ index = refused
                            \/ index > snapshotIndex[i] /\ \A n \in index..refused : log[i][n].term = term})
    IN  IF ~FastBackup \/ m.mtype # AppendEntriesRequest \/ m.mterm < currentTerm[i]
        THEN answer
        ELSE IF refused > Len(log[i])
        THEN [answer EXCEPT !.mrefusedIndex = refused, !.mconflictIndex = Len(log[i]) + 1]
        ELSE [answer EXCEPT !.mrefusedIndex = refused, !.mconflictIndex = first, !.mconflictTerm = term]

\* Entries or a snapshot of an old leader are refused, and so are entries that
\* do not fit the log.
RejectAppendEntriesRequest(m) ==
    LET i == m.mdest
        d == DurableAt(m)
        isStale == m.mterm < currentTerm[i]
    IN  /\ Guard(m.mtype = AppendEntriesRequest \/ (m.mtype = InstallSnapshotRequest /\ isStale))
        /\ CanHandle(m)
        /\ Guard(isStale \/ (CanTakeEntries(m) /\ ~LogOk(m)))
        /\ SetState(i, IF AtomicReceive /\ ~isStale THEN Follower ELSE StateAt(m))
        /\ ForgetIfNewer(m)
        /\ Write(i, d)
        /\ Reply(m, Conflict(m, Answer(m, d, WritesUntilVote(OlderWith(i, d), d))))
        /\ UNCHANGED <<commitIndex, voteVars, leaderVars, budgetVars>>

\* A candidate hears of the leader of its term.  The message stays.
ReturnToFollowerState(m) ==
    /\ m.mtype = AppendEntriesRequest
    /\ ~AtomicReceive
    /\ m.mterm = currentTerm[m.mdest]
    /\ state[m.mdest] = Candidate
    /\ SetState(m.mdest, Follower)
    /\ UNCHANGED <<durableVars, commitIndex, voteVars, leaderVars, receivedVars, older, messages, budgetVars>>

\* Whether server i accepts the entries of m.
Accepts(m) ==
    /\ m.mtype = AppendEntriesRequest
    /\ CanHandle(m)
    /\ m.mterm >= currentTerm[m.mdest]
    /\ Guard(CanTakeEntries(m) /\ LogOk(m))

\* How many of the entries of m, from the first on, server i holds.  It holds
\* those that its snapshot covers.
Known(m) ==
    LET i == m.mdest
        Holds(k) == LET index == m.mprevLogIndex + k
                    IN  index <= Len(log[i]) /\ (index <= snapshotIndex[i] \/ log[i][index].term = m.mentries[k].term)
    IN  Greatest({k \in 0..Len(m.mentries) : \A n \in 1..k : Holds(n)})

\* Without MonotonicIndexes commitIndex can decrease, if m is old; but not
\* below a snapshot.
CommitAt(m) ==
    LET i == m.mdest
    IN  Max(m.mcommitIndex, IF MonotonicIndexes THEN commitIndex[i] ELSE snapshotIndex[i])

\* The entries are in the log, and the server answers.  With atomic receive,
\* they are appended in the same step (Figure 2, AppendEntries receiver 3 to 5).
AppendEntriesAlreadyDone(m) ==
    LET i == m.mdest
        known == Known(m)
        last == m.mprevLogIndex + Len(m.mentries)
        isKnown == known = Len(m.mentries)
        entries == IF isKnown
                   THEN log[i]
                   ELSE SubSeq(log[i], 1, m.mprevLogIndex + known) \o SubSeq(m.mentries, known + 1, Len(m.mentries))
        d == [DurableAt(m) EXCEPT !.entries = entries]
    IN  /\ Accepts(m)
        /\ Guard(AtomicReceive \/ isKnown)
        /\ SetState(i, Follower)
        /\ commitIndex' = [commitIndex EXCEPT ![i] = CommitAt(m)]
        /\ IF IsNewer(m) \/ (AtomicReceive /\ receivedIndex[i] <= CommitAt(m)) THEN ForgetReceived(i) ELSE UNCHANGED receivedVars
        /\ Write(i, d)
        /\ AnswerSuccess(m, d, last)
        /\ UNCHANGED <<voteVars, leaderVars, budgetVars>>

\* A conflicting entry: the last entry is removed.  The message stays.
ConflictAppendEntriesRequest(m) ==
    LET i == m.mdest
    IN  /\ Accepts(m)
        /\ ~AtomicReceive
        /\ Known(m) < Len(m.mentries)
        /\ Len(log[i]) > m.mprevLogIndex + Known(m)
        /\ Write(i, [Durable(i) EXCEPT !.entries = SubSeq(@, 1, Len(@) - 1)])
        /\ UNCHANGED <<state, commitIndex, voteVars, leaderVars, receivedVars, messages, budgetVars>>

\* No conflict: the entry is appended.  The message stays.
NoConflictAppendEntriesRequest(m) ==
    LET i == m.mdest
    IN  /\ Accepts(m)
        /\ ~AtomicReceive
        /\ Known(m) < Len(m.mentries)
        /\ Len(log[i]) = m.mprevLogIndex + Known(m)
        /\ Write(i, [Durable(i) EXCEPT !.entries = Append(@, m.mentries[Known(m) + 1])])
        /\ UNCHANGED <<state, commitIndex, voteVars, leaderVars, receivedVars, messages, budgetVars>>

\* Whether a refusal of an index is news (RaftSpec.Backup.cs).  A heartbeat may
\* build on the snapshot, which can be beyond nextIndex.
CanBeRefused(i, j, refused) ==
    /\ refused > matchIndex[i][j]
    /\ refused < nextIndex[i][j] \/ (Pipelining /\ refused = snapshotIndex[i])

\* Option FastBackup: nextIndex after leader i goes back over all entries of the
\* conflicting term.  A late refusal changes nothing.
BackedUp(m, i, j) ==
    LET refused == m.mrefusedIndex
        term == m.mconflictTerm
        top == Min(refused, Len(log[i]))
        ofTerm == {index \in 1..top :
                       /\ index >= snapshotIndex[i]
                       /\ log[i][index].term = term
                       /\ \A n \in index..top : log[i][n].term >= term}
        next == IF term > 0 /\ ofTerm # {} THEN Greatest(ofTerm) + 1 ELSE Min(m.mconflictIndex, refused)
    IN  IF CanBeRefused(i, j, refused) THEN Max(next, matchIndex[i][j] + 1) ELSE nextIndex[i][j]

\* The rule for a response, whatever the option Pipelining.
TakeAppendEntriesResponse(m) ==
    LET i == m.mdest
        j == m.msource
        match == IF MonotonicIndexes THEN Max(matchIndex[i][j], m.mmatchIndex) ELSE m.mmatchIndex
        next == IF MonotonicIndexes THEN Max(nextIndex[i][j], m.mmatchIndex + 1) ELSE m.mmatchIndex + 1
        least == IF MonotonicIndexes THEN matchIndex[i][j] + 1 ELSE 1
        back == IF FastBackup THEN BackedUp(m, i, j) ELSE Max(nextIndex[i][j] - 1, least)
    IN  /\ SetState(i, StateAt(m))
        /\ ForgetIfNewer(m)
        /\ matchIndex' = IF m.msuccess THEN [matchIndex EXCEPT ![i][j] = match] ELSE matchIndex
        /\ nextIndex' = [nextIndex EXCEPT ![i][j] = IF m.msuccess THEN next ELSE back]
        /\ Write(i, DurableAt(m))

\* Option Pipelining (RaftSpec.Backup.cs): a message that overtook another is
\* refused, though nothing conflicts.  Leader i ignores the refusal, or resumes
\* after the entry that was refused; if j is known to hold more by now, after
\* that.
PassOverRefusal(m) ==
    LET i == m.mdest
        j == m.msource
        isNews == CanBeRefused(i, j, m.mrefusedIndex)
        resumed == Max(m.mrefusedIndex, matchIndex[i][j]) + 1
    IN  /\ Pipelining
        /\ m.mrefusedIndex # 0
        /\ m.mterm = currentTerm[i]
        /\ state[i] = Leader
        /\ \/ Guard(isNews) /\ UNCHANGED nextIndex
           \/ Guard(isNews \/ resumed < nextIndex[i][j]) /\ nextIndex' = [nextIndex EXCEPT ![i][j] = resumed]
        /\ UNCHANGED <<durableVars, state, matchIndex, receivedVars, older>>

HandleAppendEntriesResponse(m) ==
    /\ m.mtype = AppendEntriesResponse
    /\ CanHandle(m)
    /\ m.mterm >= currentTerm[m.mdest]
    /\ TakeAppendEntriesResponse(m) \/ PassOverRefusal(m)
    /\ Discard(m)
    /\ UNCHANGED <<commitIndex, voteVars, budgetVars>>

\* Option Snapshots: server i receives a snapshot (Figure 13).  Option Chunks: a
\* chunk is added to the snapshot that is arriving, if it is the next one.
\* A snapshot only ever moves the service forward (7).
HandleInstallSnapshot(m) ==
    LET i == m.mdest
        before == DurableAt(m)
        last == Len(m.msnapshot)
        term == LastTerm(m.msnapshot)
        isSame == ~IsNewer(m) /\ receivedIndex[i] = last /\ receivedTerm[i] = term
        length == IF isSame THEN receivedLength[i] ELSE 0
        isNext == m.moffset = length
        isComplete == Chunks = 0 \/ (isNext /\ m.mdone)
        arrived == IF isNext THEN length + m.mlength ELSE length
        \* Receiver 6 and 7: entries after the snapshot are retained if the
        \* log has its last entry; else all are discarded.
        fits == last <= Len(log[i]) /\ TermAt(log[i], last) = term
        d == [before EXCEPT !.entries = IF fits THEN @ ELSE m.msnapshot, !.snapshot = last]
    IN  /\ m.mtype = InstallSnapshotRequest
        /\ CanHandle(m)
        /\ m.mterm >= currentTerm[i]
        /\ StateAt(m) # Leader
        /\ SetState(i, Follower)
        /\ IF last <= commitIndex[i]
           THEN /\ ForgetIfNewer(m)
                /\ UNCHANGED commitIndex
                /\ Write(i, before)
                /\ AnswerSuccess(m, before, last)
           ELSE IF isComplete
           THEN /\ ForgetReceived(i)
                /\ commitIndex' = [commitIndex EXCEPT ![i] = last]
                /\ Write(i, d)
                /\ AnswerSuccess(m, d, last)
           ELSE /\ receivedIndex' = [receivedIndex EXCEPT ![i] = last]
                /\ receivedTerm' = [receivedTerm EXCEPT ![i] = term]
                /\ receivedLength' = [receivedLength EXCEPT ![i] = arrived]
                /\ UNCHANGED commitIndex
                /\ Write(i, before)
                /\ Reply(m, [Answer(m, before, WritesUntilVote(OlderWith(i, before), before)) EXCEPT
                                !.mmatchIndex = last, !.mmissing = arrived + 1])
        /\ UNCHANGED <<voteVars, leaderVars, budgetVars>>

Receive(m) ==
    \/ UpdateTerm(m)
    \/ HandleRequestVoteRequest(m)
    \/ HandleRequestVoteResponse(m)
    \/ RejectAppendEntriesRequest(m)
    \/ ReturnToFollowerState(m)
    \/ AppendEntriesAlreadyDone(m)
    \/ ConflictAppendEntriesRequest(m)
    \/ NoConflictAppendEntriesRequest(m)
    \/ HandleAppendEntriesResponse(m)
    \/ DropStaleResponse(m)
    \/ HandleInstallSnapshot(m)

-----------------------------------------------------------------------------
(* The behaviours (RaftSpec.cs).                                           *)

InitVolatile ==
    /\ state = [i \in Server |-> Follower]
    /\ votesResponded = [i \in Server |-> {}]
    /\ votesGranted = [i \in Server |-> {}]
    /\ nextIndex = [i \in Server |-> [j \in Server |-> 1]]
    /\ matchIndex = [i \in Server |-> [j \in Server |-> 0]]
    /\ receivedIndex = [i \in Server |-> 0]
    /\ receivedTerm = [i \in Server |-> 0]
    /\ receivedLength = [i \in Server |-> 0]
    /\ older = [i \in Server |-> <<>>]
    /\ messages = <<>>
    /\ restarts = 0
    /\ duplicates = 0
    /\ drops = 0
    /\ clientRequests = 0
    /\ timeouts = 0

\* All servers are followers in term 1, with empty logs; no message is in flight.
Init ==
    /\ currentTerm = [i \in Server |-> 1]
    /\ votedFor = [i \in Server |-> Nil]
    /\ log = [i \in Server |-> <<>>]
    /\ snapshotIndex = [i \in Server |-> 0]
    /\ commitIndex = [i \in Server |-> 0]
    /\ InitVolatile

Next ==
    \/ \E i \in Server : Restart(i)
    \/ \E i \in Server : Timeout(i)
    \/ \E i \in Server : BecomeLeader(i)
    \/ \E i \in Server : AdvanceCommitIndex(i)
    \/ \E i \in Server, n \in 1..MaxBatch : \E values \in [1..n -> Value] : ClientRequest(i, values)
    \/ \E i, j \in Server : RequestVote(i, j)
    \/ \E i, j \in Server : \E choice \in AppendEntriesChoices(i, j) : AppendEntries(i, j, choice[1], choice[2], choice[3])
    \/ \E i, j \in Server : \E choice \in InstallSnapshotChoices(i, j) :
           InstallSnapshot(i, j, choice[1], choice[2], choice[3], choice[4], choice[5])
    \/ \E i \in Server : CompleteWrite(i)
    \/ \E i \in Server : \E index \in (snapshotIndex[i] + 1)..commitIndex[i] : TakeSnapshot(i, index)
    \/ \E m \in {n \in DOMAIN messages : IsInFlight(n)} : Receive(m)
    \/ \E m \in {n \in DOMAIN messages : IsInFlight(n)} : DuplicateMessage(m)
    \/ \E m \in {n \in DOMAIN messages : IsInFlight(n)} : DropMessage(m)

Spec == Init /\ [][Next]_vars

\* A successor beyond the constraint is checked but not explored.
StateConstraint ==
    /\ \A i \in Server : currentTerm[i] <= MaxTerm /\ Len(log[i]) <= MaxLog
    /\ \A m \in DOMAIN messages : messages[m] <= MaxCopies
    /\ Cardinality(UNION {{<<m, copy>> : copy \in 1..messages[m]} : m \in DOMAIN messages}) <= MaxMessages

\* States that differ only in the names of servers and values are the same.
Symmetry == Permutations(Server) \cup Permutations(Value)

-----------------------------------------------------------------------------
(* The properties (RaftSpec.Properties.cs): those of Figure 3 as far as a  *)
(* state shows them, and the lemmas behind them.                           *)

Committed(i) == Min(commitIndex[i], Len(log[i]))

\* Whether j holds the first entries of i's log.
HoldsPrefix(j, i, length) == SamePrefix(log[i], log[j], length)

\* Election Safety: two leaders in one term are one server.
OneLeaderPerTerm ==
    \A i, j \in Server : state[i] = Leader /\ state[j] = Leader /\ currentTerm[i] = currentTerm[j] => i = j

\* Log Matching: if two logs have an entry with the same index and term, they
\* are identical up to it.
LogMatching ==
    \A i, j \in Server :
        \A index \in 1..Min(Len(log[i]), Len(log[j])) : log[i][index].term = log[j][index].term => HoldsPrefix(j, i, index)

\* Committed entries are in the log.
CommitInLog == \A i \in Server : commitIndex[i] <= Len(log[i])

\* State Machine Safety: the committed prefixes of any two servers agree, on
\* what both still hold.
StateMachineSafety == \A i, j \in Server : HoldsPrefix(j, i, Min(Committed(i), Committed(j)))

\* Leader Completeness: a leader whose term is at least i's holds all that i
\* has committed.
LeaderCompleteness ==
    \A leader, i \in Server :
        state[leader] = Leader /\ currentTerm[leader] >= currentTerm[i] => HoldsPrefix(leader, i, Committed(i))

\* Every quorum has a server that holds each committed prefix: those that do
\* not hold it are no quorum.
QuorumLog == \A i \in Server : ~IsQuorum({j \in Server : ~HoldsPrefix(j, i, Committed(i))})

\* A server whose log is at least as up-to-date as j's (5.4.1) holds j's
\* committed entries.
MoreUpToDate ==
    \A i, j \in Server :
        \/ LastTerm(log[i]) < LastTerm(log[j])
        \/ LastTerm(log[i]) = LastTerm(log[j]) /\ Len(log[i]) < Len(log[j])
        \/ HoldsPrefix(i, j, Committed(j))

\* A snapshot covers only committed entries (7).
SnapshotIsCommitted == \A i \in Server : snapshotIndex[i] <= commitIndex[i]

\* Leader Append-Only: a leader never overwrites or deletes entries in its log.
LeaderAppendOnly ==
    [][\A i \in Server : state[i] = Leader /\ state'[i] = Leader => SamePrefix(log[i], log'[i], Len(log[i]))]_vars

\* Option MonotonicIndexes: commitIndex does not decrease without a restart.
CommitIndexNeverDecreases ==
    [][(\A i \in Server : commitIndex'[i] >= commitIndex[i]) \/ (\E i \in Server : Restart(i))]_vars

=============================================================================
