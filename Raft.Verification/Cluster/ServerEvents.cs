using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>What an event of a trace says of a server of a cluster.</summary>
public static class ServerEvents
{
    extension(TraceEvent happened)
    {
        /// <summary>The server after the event; null where the event does not say it, or the server is down.</summary>
        public TraceState? ServerState => (TraceState?)happened.State;

        /// <summary>Of a server's step: the input.</summary>
        public TraceInput? ServerInput => (TraceInput?)happened.Input;

        /// <summary>Whether it is a step of the protocol .</summary>
        internal bool IsOfProtocol => happened.Kind switch
        {
            TraceEventKind.Stepped => happened.ServerInput?.Type is not (nameof(WriteDurable) or nameof(ReadyToApply)),
            TraceEventKind.Lost => happened.Reason is null,
            TraceEventKind.Crashed or TraceEventKind.Started or TraceEventKind.Duplicated => true,
            _ => false,
        };
    }
}

/// <summary>What a message of a trace says beside what every message says.</summary>
public static class RaftTraceMessages
{
    extension(TraceMessage message)
    {
        /// <summary>The term of the sender when it made the message.</summary>
        public long Term => message.Fields.TryGetValue("term", out var term) && long.TryParse(term, out var number) ? number : 0;
    }
}
