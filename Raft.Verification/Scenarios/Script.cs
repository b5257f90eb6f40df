using System.Reflection;
using System.Runtime.CompilerServices;
using DeterministicSimulation;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>
/// Runs a script: the list of what a scenario did in one schedule, from which the shrinker can leave out steps. Each step is an operation
/// of its own, so that the strategy decides when it runs.
/// </summary>
internal static class Script
{
    /// <summary>The state machine of the code that follows a script.</summary>
    public static Type Code { get; } = typeof(Script)
        .GetMethod(nameof(RunAsync), BindingFlags.Public | BindingFlags.Static)!
        .GetCustomAttribute<AsyncStateMachineAttribute>()!
        .StateMachineType;

    public static async Task RunAsync(ICluster cluster, IReadOnlyList<ScriptStep> script)
    {
        await cluster.StartAsync();
        var answers = new List<Task>();
        foreach (var step in script)
        {
            await Task.Yield();
            if (step.Converges)
            {
                await Task.WhenAll(answers);
            }

            answers.Add(DoAsync(step, cluster));
        }

        await Task.WhenAll(answers);
    }

    private static Task DoAsync(ScriptStep step, ICluster cluster)
    {
        ServerId[] servers = [.. (step.Servers ?? []).Select(number => new ServerId(number))];
        switch (step.Action)
        {
            case ScriptAction.Propose:
                return cluster.ProposeAsync(servers[0]);
            case ScriptAction.Read:
                return cluster.ReadAsync(servers[0]);
            case ScriptAction.Transfer when servers.Length == 1 || servers[0] != servers[1]:
                return cluster.TransferAsync(servers[0], servers.Length > 1 ? servers[1] : null);
            case ScriptAction.Crash:
                cluster.Crash(servers[0]);
                break;
            case ScriptAction.Start:
                cluster.Restart(servers[0]);
                break;
            case ScriptAction.Partition:
                cluster.Partition(servers);
                break;
            case ScriptAction.Heal:
                cluster.Heal();
                break;
            case ScriptStep.Converge:
                return cluster.AwaitConvergenceAsync();
        }

        return Task.CompletedTask;
    }
}
