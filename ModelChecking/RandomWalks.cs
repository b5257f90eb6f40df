using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ModelChecking;

/// <summary>
/// Random walks from the initial states, on all workers. The properties are checked for every successor of every state on the path; the
/// walk continues with one within bounds. Walks are numbered and each has its own seed, so which walk fails does not depend on the workers.
/// </summary>
internal sealed class RandomWalks
{
    private readonly Specification _specification;
    private readonly CheckOptions _options;
    private readonly CancellationToken _stop;
    private readonly object _gate = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly PropertyEvaluator[] _evaluators;
    private (long Walk, string Property, int[] Path)? _violation;
    private Exception? _failure;
    private long _walks;
    private long _lastWalk;
    private int _deepest;

    private RandomWalks(Specification specification, CheckOptions options, CancellationToken stop)
    {
        _specification = specification;
        _options = options;
        _stop = stop;
        _lastWalk = options.Walks;
        _evaluators = [.. Enumerable.Range(0, options.Workers).Select(_ => new PropertyEvaluator(specification, symmetry: false))];
    }

    public static CheckResult Run(
        Specification specification, CheckOptions options, Action<CheckProgress>? progress, CancellationToken stop) =>
        new RandomWalks(specification, options, stop).Run(progress);

    private CheckResult Run(Action<CheckProgress>? progress)
    {
        Checker.RunThreads(_evaluators, Walk, _specification.Name, () => ReportProgress(progress));
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        var sum = PropertyEvaluator.Sum(_specification, _evaluators);
        return sum with
        {
            Outcome = _violation is not null ? CheckOutcome.Violated : _stop.IsCancellationRequested ? CheckOutcome.Stopped : sum.Outcome,
            Exhaustive = false,
            Violated = _violation?.Property,
            Counterexample = _violation is var (_, property, path) ? Counterexample.Follow(_specification, property, path) : null,
            Depth = _deepest,
            Time = _clock.Elapsed,
        };
    }

    private void Walk(PropertyEvaluator evaluator)
    {
        try
        {
            var steps = new Successors(_specification.Layout);
            var path = new List<int>();
            while (!_stop.IsCancellationRequested
                && Interlocked.Increment(ref _walks) - 1 is var walk
                && walk < Interlocked.Read(ref _lastWalk))
            {
                path.Clear();
                if (Walk(evaluator, walk, steps, path) is { } property)
                {
                    Violate(walk, property, [.. path]);
                }

                lock (_gate)
                {
                    _deepest = Math.Max(_deepest, path.Count);
                }
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void ReportProgress(Action<CheckProgress>? progress)
    {
        try
        {
            progress?.Invoke(new CheckProgress(
                _evaluators.Sum(evaluator => evaluator.Generated), 0, Math.Max(0, _options.Walks - Interlocked.Read(ref _walks)),
                Volatile.Read(ref _deepest), _clock.Elapsed));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        Interlocked.CompareExchange(ref _failure, exception, null);
        Interlocked.Exchange(ref _lastWalk, -1);
    }

    // Runs one walk. Returns the property that is violated at the end of its path, or null.
    private string? Walk(PropertyEvaluator evaluator, long walk, Successors steps, List<int> path)
    {
        var random = new Random(HashCode(_options.Seed, walk));
        var words = new ulong[_specification.Layout.Words];
        var state = new State(words);
        var choices = new List<int>();
        while (path.Count < _options.MaxDepth && !_stop.IsCancellationRequested)
        {
            steps.Clear();
            choices.Clear();
            var initial = path.Count == 0;
            if (initial)
            {
                _specification.Init(steps);
            }
            else
            {
                _specification.Next(state, steps);
            }

            for (var i = 0; i < steps.Count; i++)
            {
                if (Examine(evaluator, steps, i, state, initial) is { } property)
                {
                    path.Add(i);
                    return property;
                }

                if (_specification.IsWithinBounds(steps[i]))
                {
                    choices.Add(i);
                }
            }

            if (choices.Count == 0)
            {
                return steps.Count == 0 && !initial && _options.FindDeadlocks ? CheckResult.Deadlock : null;
            }

            path.Add(Choose(choices, steps, random));
            steps[path[^1]].Words.CopyTo(words);
            evaluator.Note(state);
        }

        return null;
    }

    // Chooses the action first, then one of its steps. Otherwise actions with many steps would dominate.
    private static int Choose(List<int> choices, Successors steps, Random random)
    {
        var actions = choices.Select(steps.ActionOf).Distinct().ToArray();
        var action = actions[random.Next(actions.Length)];
        var ofAction = choices.FindAll(choice => steps.ActionOf(choice) == action);
        return ofAction[random.Next(ofAction.Count)];
    }

    private static string? Examine(PropertyEvaluator evaluator, Successors steps, int choice, State before, bool initial)
    {
        var after = steps[choice];
        if (initial)
        {
            evaluator.CountInitial();
            return evaluator.BrokenBy(after);
        }

        evaluator.CountStep(steps.ActionOf(choice));
        return evaluator.BrokenBy(before, steps.ActionOf(choice), after)
            ?? (evaluator.MayDiffer(before, after) ? evaluator.BrokenBy(after) : null);
    }

    private void Violate(long walk, string property, int[] path)
    {
        lock (_gate)
        {
            if (_violation is null || walk < _violation.Value.Walk)
            {
                _violation = (walk, property, path);
                _lastWalk = Math.Min(_lastWalk, walk);
            }
        }
    }

    // The seed of a walk, equal on every machine.
    private static int HashCode(ulong seed, long walk) => (int)Fingerprint.Mix(Fingerprint.Mix(seed) + (ulong)walk);
}
