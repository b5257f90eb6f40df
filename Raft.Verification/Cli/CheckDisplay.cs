using ModelChecking;
using Raft.Model.Spec;
using Raft.Verification.CoreGraph;
using Spectre.Console;

namespace Raft.Verification.Cli;

/// <summary>Shows the progress and the result of a check of the model.</summary>
internal sealed class CheckDisplay(IAnsiConsole console)
{
    /// <summary>Prints what is checked, and the bounds.</summary>
    public void Begin(CheckSubject subject, CheckOptions options)
    {
        var bounds = subject.Bounds;
        console.WriteLine(
            $"Checking {subject.Specification.Name}: {Counted.Of(bounds.Servers, "server")}, {Counted.Of(bounds.Values, "value")}, "
            + $"terms to {bounds.MaxTerm}, logs to {bounds.MaxLog}, "
            + $"{Counted.Of(bounds.MaxMessages, "message")} in flight, of each at most {bounds.MaxCopies}; {Budgets(bounds)}");
        if (subject.Core is { Bounds: var core })
        {
            console.WriteLine(
                $"{Counted.Of(core.MaxWrites, "write")} in flight a server, {(core.Snapshots ? "snapshots" : "no snapshots")}, "
                + $"{(core.SlowService ? "slow services" : "services that take everything at once")}, "
                + $"{Counted.Of(core.MaxBatch, "command")} a proposal");
        }

        console.WriteLine(options.Order switch
        {
            SearchOrder.DepthFirst => $"Depth-first, to depth {options.MaxDepth:N0}",
            SearchOrder.RandomWalk =>
                $"Random walks: {options.Walks:N0} of at most {Counted.Of(options.MaxDepth, "state")}, seed {options.Seed}, "
                + Counted.Of(options.Workers, "worker"),
            _ => $"Breadth-first, {Counted.Of(options.Workers, "worker")}{(options.Symmetry ? ", symmetry over servers and values" : "")}",
        });
    }

    /// <summary>Runs a check and shows its progress every second: in place on a terminal, as lines elsewhere.</summary>
    public CheckResult Run(Func<Action<CheckProgress>, CheckResult> check)
    {
        if (!console.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            return check(progress => console.WriteLine($"{progress.Elapsed.TotalSeconds,5:0} s: {Line(progress)}"));
        }

        CheckResult? result = null;
        console.Status().Start("begins", status => result = check(progress => status.Status(Line(progress))));
        return result!;
    }

    /// <summary>Prints the result of a check.</summary>
    public void Summarize(CheckSubject subject, CheckResult result)
    {
        // Random walks do not record the states that they have seen.
        var isWalk = result.Distinct == 0;
        if (result.Counterexample is { } counterexample)
        {
            Print(counterexample);
        }

        var actions = new Table().Border(TableBorder.Simple).AddColumn("action");
        actions.AddColumn(new TableColumn("fired").RightAligned()).AddColumn(new TableColumn("new states").RightAligned());
        foreach (var action in result.Actions.Where(action => action.CanFire))
        {
            actions.AddRow(action.Name, $"{action.Fired:N0}", isWalk ? "" : $"{action.Distinct:N0}");
        }

        console.Write(actions);
        var properties = new Table().Border(TableBorder.Simple).AddColumn("invariant").AddColumn(
            new TableColumn("evaluated").RightAligned());
        foreach (var (name, count) in result.Evaluations)
        {
            properties.AddRow(name, $"{count:N0}");
        }

        console.Write(properties);
        foreach (var action in NeverFired(result))
        {
            console.WriteLine($"Warning: {action} never fired.");
        }

        if (isWalk)
        {
            console.WriteLine($"{Counted.Of(result.Generated, "state")} generated, depth {result.Depth}");
            console.WriteLine($"{result.Time.TotalSeconds:0.00} s, {result.GeneratedPerSecond:N0} states a second");
        }
        else
        {
            console.WriteLine(
                $"{Counted.Of(result.Generated, "state")} generated, {result.Distinct:N0} distinct, depth {result.Depth}, "
                + $"{result.Queue:N0} left in the queue");
            console.WriteLine(
                $"{result.Time.TotalSeconds:0.00} s, {result.GeneratedPerSecond:N0} states a second, {result.BytesPerState:0.0} bytes a "
                    + $"distinct state");
            console.WriteLine($"Chance that a collision of fingerprints hid a state: about {result.CollisionProbability:0.0E+0}");
        }

        if (subject.Core is { } graph)
        {
            console.WriteLine(
                $"{Counted.Compared(graph.ComparedSteps)}: {graph.ServerStates:N0} states of a server, "
                + Counted.Of(graph.Messages, "different message"));
        }

        console.WriteLine(Verdict(result));
    }

    /// <summary>Prints how many of the model's states the code reaches.</summary>
    public void Compare(ModelCoverage? coverage)
    {
        if (coverage is null)
        {
            console.WriteLine("The comparison with the states of the model was stopped.");
            return;
        }

        console.WriteLine(
            $"The model has {Counted.Of(coverage.Model, "state")} within these bounds, without what no one reads. The code reaches "
            + $"{coverage.Both:N0} of them ({100.0 * coverage.Both / coverage.Model:0.0} %), "
            + $"and {coverage.Code - coverage.Both:N0} others.");
        foreach (var (action, count) in coverage.Missing)
        {
            console.WriteLine($"{count,12:N0} beyond {action}");
        }
    }

    /// <summary>Prints how the states of the code compare with those of the model in composite steps.</summary>
    public void Compare(GraphComparison? comparison)
    {
        if (comparison is null)
        {
            console.WriteLine("The comparison with the model in composite steps was stopped.");
            return;
        }

        var (model, code) = (comparison.Model, comparison.Code);
        console.WriteLine(
            $"In composite steps, the model has {Counted.Of(model.States, "state")}, depth {model.Depth}; the code has "
            + $"{code.States:N0}, depth {code.Depth}. {(comparison.AreEqual ? "They are the same." : "They differ.")}");
        foreach (var (action, count) in comparison.OnlyOfModel)
        {
            console.WriteLine($"{count,12:N0} only of the model, beyond {action}");
        }

        foreach (var (action, count) in comparison.OnlyOfCode)
        {
            console.WriteLine($"{count,12:N0} only of the code, beyond {action}");
        }

        if (comparison.Example is { } path)
        {
            console.WriteLine($"The first of these is reached by {path}.");
        }
    }

    /// <summary>The actions that can fire but did not within the bounds. Their rules were not checked.</summary>
    public static IEnumerable<string> NeverFired(CheckResult result) =>
        result.Actions.Where(action => action is { CanFire: true, Fired: 0 }).Select(action => action.Name);

    /// <summary>The outcome of a check, as a sentence.</summary>
    public static string Verdict(CheckResult result) => result.Outcome switch
    {
        CheckOutcome.Holds when result.Exhaustive => "Every property holds, in every state within these bounds.",
        CheckOutcome.Holds => "No property is violated in the states that were searched.",
        CheckOutcome.Violated => $"{result.Violated} is violated, after {Counted.Of(result.Counterexample!.States.Count, "state")}.",
        CheckOutcome.NeverReached => $"Never reached: {string.Join(", ", result.NeverReached)}. "
            + "Nothing is violated, but the model does not do what it is for within these bounds.",
        CheckOutcome.OutOfMemory => "The bound on memory was hit before the end. No violation was found so far.",
        _ => "Stopped before the end. No violation was found so far.",
    };

    private static string Line(CheckProgress progress) =>
        $"{progress.Generated:N0} generated, {progress.Distinct:N0} distinct, {progress.Queue:N0} left, depth {progress.Depth}, "
        + $"{progress.Generated / Math.Max(progress.Elapsed.TotalSeconds, 0.001):N0} states/s";

    private static string Budgets(RaftBounds bounds)
    {
        (string What, int? Budget)[] budgets =
        [
            ("restart", bounds.MaxRestarts), ("duplicate", bounds.MaxDuplicates), ("drop", bounds.MaxDrops),
            ("client request", bounds.MaxClientRequests), ("timeout", bounds.MaxTimeouts),
        ];
        var limited = string.Join(
            ", ", budgets.Where(budget => budget.Budget is not null).Select(budget => Counted.Of(budget.Budget!.Value, budget.What)));
        return limited.Length == 0 ? "no budgets" : $"at most {limited}";
    }

    private void Print(Counterexample counterexample)
    {
        for (var i = 0; i < counterexample.States.Count; i++)
        {
            var state = counterexample.States[i];
            console.WriteLine($"{i + 1,4}  {state.Step}");
            foreach (var (name, value) in i == 0 ? [] : state.Changes)
            {
                console.WriteLine($"        {name}: {value}");
            }
        }

        console.WriteLine();
    }
}
