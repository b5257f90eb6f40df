using System.Diagnostics.CodeAnalysis;
using DeterministicSimulation;
using Raft.Verification.Cluster;
using Raft.Verification.Specifications;

namespace Raft.Verification.Viewer;

/// <summary>
/// Whether a trace can be drawn. A file can be JSON of the right form and still be damaged: it may name servers that the cluster does not have, or lack
/// what its form cannot demand.
/// </summary>
internal static class WellFormed
{
    /// <summary>Makes sure that a trace can be drawn.</summary>
    /// <exception cref="InvalidDataException">It cannot; the message says where it is damaged.</exception>
    public static void Require(Trace trace)
    {
        Demand(trace is { Scenario: not null, Options: not null, Engine: not null, Strategy: not null, Choices: not null, Events: not null }, "a part of its head is null");
        Demand(trace.Violation is { Property: not null, Message: not null } && trace.Violation.ClusterSubjects is { Servers: not null, Terms: not null, Indexes: not null }, "it does not tell the violation");
        for (var i = 0; i < trace.Events.Count; i++)
        {
            var happened = trace.Events[i];
            Demand(happened is not null, $"event {i + 1} is null");
            RequireMessage(trace, i, happened.Message);
            Demand(happened.Message is not null || !IsAboutMessage(happened.Kind), $"event {i + 1} is about a message, but does not tell it");
            RequireServer(trace, i, RowBuilder.ServerOf(happened));
            Demand(happened.ServerState is null or { Role: not null, Log: not null }, $"the state in event {i + 1} has no role, or no log");
            foreach (var entry in happened.ServerState?.Log ?? [])
            {
                Demand(entry is { Command: not null }, $"an entry of the log in event {i + 1} is null");
            }

            foreach (var group in happened.Groups ?? [])
            {
                Demand(group is not null, $"a group of servers in event {i + 1} is null");
                foreach (var server in group)
                {
                    RequireServer(trace, i, server);
                }
            }
        }
    }

    private static void RequireMessage(Trace trace, int i, TraceMessage? message)
    {
        if (message is null)
        {
            return;
        }

        Demand(message is { Type: not null, Fields: not null } && !message.Fields.Values.Contains(null!), $"the message in event {i + 1} lacks its type, or a field");
        RequireServer(trace, i, message.From);
        RequireServer(trace, i, message.To);
    }

    private static bool IsAboutMessage(TraceEventKind kind) =>
        kind is TraceEventKind.Sent or TraceEventKind.Arrived or TraceEventKind.Lost or TraceEventKind.Duplicated or TraceEventKind.Overtook;

    private static void RequireServer(Trace trace, int i, int? server) =>
        Demand(server is null || (server >= 1 && server <= trace.Options.Servers), $"event {i + 1} names server {server}, but the servers are 1 to {trace.Options.Servers}");

    private static void Demand([DoesNotReturnIf(false)] bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvalidDataException($"the trace is damaged: {otherwise}");
        }
    }
}
