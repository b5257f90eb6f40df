using System.Reflection;
using System.Runtime.CompilerServices;
using Raft.Impl.Core;
using Raft.Verification.Cluster;

namespace Raft.Verification.Scenarios;

/// <summary>What a script does to a cluster.</summary>
public enum ScriptAction
{
    /// <summary>Proposes a command to a server, without waiting for the answer.</summary>
    Propose,

    /// <summary>Crashes a server, if it runs.</summary>
    Crash,

    /// <summary>Starts a server, if it is down.</summary>
    Start,

    /// <summary>Cuts servers off from the others.</summary>
    Partition,

    /// <summary>Opens all ways.</summary>
    Heal,

    /// <summary>Ends the faults, and waits until all is well again: the end of every script.</summary>
    Settle,
}

/// <summary>One thing that a script does.</summary>
/// <param name="Action">What.</param>
/// <param name="Servers">To which servers, by their numbers; none where it is done to all.</param>
public sealed record ScriptStep(ScriptAction Action, IReadOnlyList<int>? Servers = null)
{
    /// <summary>The end of every script.</summary>
    public static ScriptStep Settle { get; } = new(ScriptAction.Settle);

    /// <summary>Does it; completes once it has had its answer, if there is one to come.</summary>
    internal Task DoAsync(ICluster cluster)
    {
        ServerId[] servers = [.. (Servers ?? []).Select(number => new ServerId(number))];
        switch (Action)
        {
            case ScriptAction.Propose:
                return cluster.ProposeAsync(servers[0]);
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
            case ScriptAction.Settle:
                return cluster.AwaitConvergenceAsync();
        }

        return Task.CompletedTask;
    }
}

/// <summary>
/// What a scenario did in one schedule, as a list: so that some of it can be left out. Each step is an operation of its own; when it comes, the strategy says.
/// </summary>
internal static class Script
{
    /// <summary>A scenario that does what a script says; with no script, what it does anyway.</summary>
    public static Scenario Following(this Scenario scenario, IReadOnlyList<ScriptStep>? script) =>
        script is null ? scenario : scenario with { RunAsync = cluster => RunAsync(cluster, script) };

    /// <summary>The code that goes on from step to step.</summary>
    public static Type Code { get; } =
        typeof(Script).GetMethod(nameof(RunAsync), BindingFlags.NonPublic | BindingFlags.Static)!.GetCustomAttribute<AsyncStateMachineAttribute>()!.StateMachineType;

    private static async Task RunAsync(ICluster cluster, IReadOnlyList<ScriptStep> script)
    {
        await cluster.StartAsync();
        var answers = new List<Task>();
        foreach (var step in script)
        {
            await Task.Yield();
            if (step.Action == ScriptAction.Settle)
            {
                await Task.WhenAll(answers);
            }

            answers.Add(step.DoAsync(cluster));
        }

        await Task.WhenAll(answers);
    }
}
