using DeterministicSimulation;
using Raft.Impl.Core;

namespace Raft.Verification.Cluster;

/// <summary>The fields of a trace's event that are specific to Raft.</summary>
public static class ServerEvents
{
    extension(TraceEvent happened)
    {
        /// <summary>The state of the server after the event; null if the event does not say, or the server is down.</summary>
        public TraceState? ServerState => (TraceState?)happened.State;

        /// <summary>The input of a server's step; null for other events.</summary>
        public TraceInput? ServerInput => (TraceInput?)happened.Input;

        /// <summary>Whether it counts as a protocol step of a trace.</summary>
        internal bool IsOfProtocol => happened.Kind switch
        {
            TraceEventKind.Stepped => happened.ServerInput?.Type is not (nameof(WriteDurable) or nameof(ReadyToApply)),
            TraceEventKind.Lost => happened.Reason is null,
            TraceEventKind.Crashed or TraceEventKind.Started or TraceEventKind.Duplicated => true,
            _ => false,
        };
    }
}

/// <summary>The fields of a trace's message that are specific to Raft.</summary>
public static class RaftTraceMessages
{
    extension(TraceMessage message)
    {
        /// <summary>The term of the message; 0 if it has none.</summary>
        public long Term => message.Fields.TryGetValue("term", out var term) && long.TryParse(term, out var number) ? number : 0;
    }
}
