using System.Diagnostics;

namespace ModelChecking;

/// <summary>
/// Depth-first search up to a depth, on one thread. It keeps only one path and the fingerprints, so it needs little memory and reaches deep
/// states early. A state that was first seen near the depth limit is not explored again when a shorter path reaches it, so the search is
/// not exhaustive if it reaches the limit.
/// </summary>
internal sealed class DepthFirst
{
    private readonly Specification _specification;
    private readonly CheckOptions _options;
    private readonly PropertyEvaluator _evaluator;
    private readonly Action<CheckProgress>? _progress;
    private readonly CancellationToken _stop;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Level> _path = [];
    private TimeSpan _nextProgress = Checker.ProgressInterval;
    private CheckOutcome _outcome = CheckOutcome.Holds;
    private string? _violated;
    private Counterexample? _counterexample;
    private int _deepest;
    private bool _isCut;

    private DepthFirst(Specification specification, CheckOptions options, Action<CheckProgress>? progress, CancellationToken stop)
    {
        _specification = specification;
        _options = options;
        _progress = progress;
        _stop = stop;
        _evaluator = new PropertyEvaluator(specification, options.Symmetry);
    }

    public static CheckResult Run(
        Specification specification, CheckOptions options, Action<CheckProgress>? progress, CancellationToken stop)
    {
        using var seen = new FingerprintSet(threads: 1);
        return new DepthFirst(specification, options, progress, stop).Run(seen);
    }

    private CheckResult Run(FingerprintSet seen)
    {
        // The path begins with the choice of an initial state.
        _path.Add(new Level(_specification.Layout));
        _specification.Init(_path[0].Steps);
        var depth = 1;
        while (depth > 0 && _violated is null && Goes(seen))
        {
            var level = _path[depth - 1];
            if (++level.Choice >= level.Steps.Count)
            {
                depth--;
                continue;
            }

            var state = level.Steps[level.Choice];
            if (!IsNew(seen, depth, state))
            {
                continue;
            }

            _deepest = Math.Max(_deepest, depth);
            if (depth < _options.MaxDepth)
            {
                Enter(depth++, state);
            }
            else
            {
                _isCut = true;
            }
        }

        return PropertyEvaluator.Sum(_specification, [_evaluator]) is var sum && _outcome == CheckOutcome.Holds
            ? With(sum, sum.Outcome, seen)
            : With(sum, _outcome, seen);
    }

    private CheckResult With(CheckResult sum, CheckOutcome outcome, FingerprintSet seen) => sum with
    {
        Outcome = outcome,
        Exhaustive = !_isCut,
        Violated = _violated,
        Counterexample = _counterexample,
        Depth = _deepest,
        Queue = outcome is CheckOutcome.Holds or CheckOutcome.NeverReached
            ? 0
            : _path.Sum(level => Math.Max(0, level.Steps.Count - level.Choice - 1)),
        Time = _clock.Elapsed,
        Bytes = seen.Bytes,
    };

    // Whether to continue. Grows the set of fingerprints if necessary.
    private bool Goes(FingerprintSet seen)
    {
        if (_stop.IsCancellationRequested)
        {
            _outcome = CheckOutcome.Stopped;
        }
        else if (seen.IsCrowded)
        {
            if (2 * seen.Bytes > _options.MaxBytes)
            {
                _outcome = CheckOutcome.OutOfMemory;
            }
            else
            {
                seen.Grow();
            }
        }

        if (_clock.Elapsed >= _nextProgress)
        {
            _nextProgress += Checker.ProgressInterval;
            _progress?.Invoke(new CheckProgress(_evaluator.Generated, _evaluator.Distinct, _path.Count, _deepest, _clock.Elapsed));
        }

        return _outcome == CheckOutcome.Holds;
    }

    private bool IsNew(FingerprintSet seen, int depth, State state)
    {
        var level = _path[depth - 1];
        if (depth == 1)
        {
            _evaluator.CountInitial();
        }
        else
        {
            _evaluator.CountStep(level.Steps.ActionOf(level.Choice));
            var before = _path[depth - 2];
            if (_evaluator.BrokenBy(before.Steps[before.Choice], level.Steps.ActionOf(level.Choice), state) is { } brokenStep)
            {
                Violate(brokenStep, depth);
            }
        }

        var isNew = false;
        if (_specification.IsWithinBounds(state))
        {
            isNew = seen.Add(_evaluator.FingerprintOf(state));
            if (!isNew)
            {
                return false;
            }

            seen.Count(1);
            if (depth == 1)
            {
                _evaluator.CountNew();
            }
            else
            {
                _evaluator.CountNew(level.Steps.ActionOf(level.Choice));
            }

            _evaluator.Note(state);
        }

        if (_evaluator.BrokenBy(state) is { } broken)
        {
            Violate(broken, depth);
        }

        return isNew;
    }

    private void Enter(int depth, State state)
    {
        if (depth == _path.Count)
        {
            _path.Add(new Level(_specification.Layout));
        }

        var level = _path[depth];
        level.Steps.Clear();
        level.Choice = -1;
        _specification.Next(state, level.Steps);
        if (level.Steps.Count == 0 && _options.FindDeadlocks)
        {
            Violate(CheckResult.Deadlock, depth);
        }
    }

    private void Violate(string property, int depth)
    {
        _outcome = CheckOutcome.Violated;
        _violated ??= property;
        _counterexample ??= Counterexample.Follow(_specification, property, [.. _path.Take(depth).Select(level => level.Choice)]);
    }

    /// <summary>The steps out of a state of the path, and the one that is taken.</summary>
    private sealed class Level(StateLayout layout)
    {
        public Successors Steps { get; } = new(layout);

        public int Choice { get; set; } = -1;
    }
}
