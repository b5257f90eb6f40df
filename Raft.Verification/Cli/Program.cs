using System.Diagnostics;
using Raft.Verification.Exploration;
using Raft.Verification.Scenarios;
using Raft.Verification.Simulation;

var states = new AbstractStates();
foreach (var scenario in Scenario.All)
{
    var choices = new Choices(new RandomWalk());
    var clock = Stopwatch.StartNew();
    long steps = 0;
    var n = args.Length > 0 ? int.Parse(args[0]) : 1000;
    for (ulong i = 0; i < (ulong)n; i++)
    {
        var result = Schedule.Run(scenario, scenario.Options, choices, SplitMix64.Mix(i), states);
        steps += result.Steps;
        if (result.Violation is { } v)
        {
            Console.WriteLine($"{scenario.Name} seed {i}: {v}");
            var log = new EventLog();
            Schedule.Run(scenario, scenario.Options, choices, SplitMix64.Mix(i), null, log);
            File.WriteAllText($"/tmp/{scenario.Name}.log", log.ToString());
            break;
        }
    }
    Console.WriteLine($"{scenario.Name} {steps} steps {steps / clock.Elapsed.TotalSeconds:0}/s {steps/n} per schedule, {states.Estimate} states");
}
return 0;
