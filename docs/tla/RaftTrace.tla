------------------------------ MODULE RaftTrace ------------------------------
(***************************************************************************)
(* Checks that a recorded behaviour of the implementation is one of Raft.  *)
(* raft-verify trace --tla writes a module that extends this one and       *)
(* defines the constants.  TLC then follows the recorded steps.  If one is *)
(* not a step of Raft, TLC reports a deadlock: position is its number.     *)
(*                                                                         *)
(* A step is the action of Next with its recorded arguments.  So MaxBatch, *)
(* Chunks and MaxEntries, over which Next ranges, have no bound here; and  *)
(* the unit of moffset and mlength is a byte.                              *)
(***************************************************************************)
EXTENDS Raft

CONSTANTS
    Start,      \* what the disk of each server holds as it starts for the first time
    Steps       \* the recorded steps

VARIABLE position   \* the next step, from 1

\* A message that waits for a number of its sender's writes.
Held(m, count) == [m EXCEPT !.mheld = count]

\* The message that a step sends, if it sends one, is the recorded one.
Sends(step, others) ==
    IF "sends" \in DOMAIN step THEN messages' = Add(others, step.sends) ELSE TRUE

\* The variables of the server after a step are the recorded ones.
Reaches(step) ==
    LET i == step.server
    IN  step.after = <<currentTerm'[i], state'[i], commitIndex'[i], snapshotIndex'[i], Len(log'[i]), Len(older'[i])>>

\* An action that a server takes of itself.
Acts(step) ==
    LET i == step.server
        m == step.sends
    IN  /\ CASE step.action = "Restart" -> Restart(i)
             [] step.action = "Timeout" -> Timeout(i)
             [] step.action = "RequestVote" -> RequestVote(i, m.mdest)
             [] step.action = "BecomeLeader" -> BecomeLeader(i)
             [] step.action = "ClientRequest" -> ClientRequest(i, step.values)
             [] step.action = "AdvanceCommitIndex" -> AdvanceCommitIndex(i)
             [] step.action = "AppendEntries" ->
                    AppendEntries(i, m.mdest, m.mprevLogIndex, Len(m.mentries), step.movesNext)
             [] step.action = "CompleteWrite" -> CompleteWrite(i)
             [] step.action = "TakeSnapshot" -> TakeSnapshot(i, step.after[4])
             [] step.action = "InstallSnapshot" ->
                    InstallSnapshot(i, m.mdest, Len(m.msnapshot), m.moffset, m.mlength, m.mdone, step.movesNext)
        /\ Sends(step, messages)

\* An action that handles a message.
Handles(step) ==
    LET m == step.message
    IN  /\ IsInFlight(m)
        /\ step.server = m.mdest
        /\ CASE step.action = "HandleRequestVoteRequest" -> HandleRequestVoteRequest(m)
             [] step.action = "HandleRequestVoteResponse" -> HandleRequestVoteResponse(m)
             [] step.action = "RejectAppendEntriesRequest" -> RejectAppendEntriesRequest(m)
             [] step.action = "AppendEntriesAlreadyDone" -> AppendEntriesAlreadyDone(m)
             [] step.action = "HandleAppendEntriesResponse" ->
                    HandleAppendEntriesResponse(m) /\ nextIndex'[m.mdest][m.msource] = step.next
             [] step.action = "DropStaleResponse" -> DropStaleResponse(m)
             [] step.action = "HandleInstallSnapshot" -> HandleInstallSnapshot(m)
        /\ Sends(step, Remove(messages, m))

TraceInit ==
    /\ position = 1
    /\ currentTerm = [i \in Server |-> Start[i].term]
    /\ votedFor = [i \in Server |-> Start[i].vote]
    /\ log = [i \in Server |-> Start[i].entries]
    /\ snapshotIndex = [i \in Server |-> Start[i].snapshot]
    /\ commitIndex = [i \in Server |-> Start[i].snapshot]
    /\ InitVolatile

TraceNext ==
    \/ LET step == Steps[position]
       IN  /\ position <= Len(Steps)
           /\ position' = position + 1
           /\ IF step.action = "DuplicateMessage"
              THEN IsInFlight(step.message) /\ DuplicateMessage(step.message)
              ELSE /\ IF "message" \in DOMAIN step THEN Handles(step) ELSE Acts(step)
                   /\ Reaches(step)
    \/ position > Len(Steps) /\ UNCHANGED <<vars, position>>

TraceSpec == TraceInit /\ [][TraceNext]_<<vars, position>>

=============================================================================
