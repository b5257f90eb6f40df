using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ModelChecking;

/// <summary>Breadth-first search on all workers, depth by depth. A worker takes a block of states at a time.</summary>
internal sealed class BreadthFirst : IDisposable
{
    // After how many explored states a worker reports how many fingerprints it added; sooner if it added many.
    private const int _reportInterval = 16;

    private readonly object _gate = new();
    private readonly Specification _specification;
    private readonly CheckOptions _options;
    private readonly FingerprintSet _seen;
    private readonly Predecessors _predecessors = new();
    private readonly Frontier _frontier;
    private readonly Worker[] _workers;
    private readonly Barrier _endOfDepth;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly CancellationToken _stop;
    private volatile bool _hasEnded;
    private bool _isLastDepth;
    private CheckOutcome _outcome;
    private Exception? _failure;
    private (string Property, long Number, int? Choice)? _violation;
    private int _exploring;
    private int _depth;

    private BreadthFirst(Specification specification, CheckOptions options, CancellationToken stop)
    {
        _specification = specification;
        _options = options;
        _stop = stop;
        _seen = new FingerprintSet(options.Workers);
        _frontier = new Frontier(specification.Layout.Words);
        _workers = [.. Enumerable.Range(0, options.Workers).Select(_ => new Worker(this))];
        _endOfDepth = new Barrier(options.Workers, _ => EndDepth());
    }

    private long Bytes => _seen.Bytes + _predecessors.Bytes + _frontier.Bytes;

    public static CheckResult Run(
        Specification specification, CheckOptions options, Action<CheckProgress>? progress, CancellationToken stop)
    {
        using var search = new BreadthFirst(specification, options, stop);
        return search.Run(progress);
    }

    public void Dispose()
    {
        _seen.Dispose();
        _predecessors.Dispose();
        _endOfDepth.Dispose();
    }

    private CheckResult Run(Action<CheckProgress>? progress)
    {
        _workers[0].AddInitialStates();
        _depth = _workers[0].Evaluator.Generated == 0 ? 0 : 1;
        if (!_frontier.Advance())
        {
            End(CheckOutcome.Holds);
        }

        Checker.RunThreads(_workers, Explore, _specification.Name, () => ReportProgress(progress));
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }

        var sum = PropertyEvaluator.Sum(_specification, [.. _workers.Select(worker => worker.Evaluator)]);
        return sum with
        {
            Outcome = _outcome == CheckOutcome.Holds ? sum.Outcome : _outcome,
            Violated = _violation?.Property,
            Counterexample = _violation is var (property, number, choice)
                ? Counterexample.Follow(_specification, property, _predecessors.PathTo(number, choice))
                : null,
            Depth = _depth,
            Queue = _frontier.States,
            Time = _clock.Elapsed,
            Bytes = _seen.Bytes + _predecessors.Bytes,
        };
    }

    private void ReportProgress(Action<CheckProgress>? progress)
    {
        try
        {
            progress?.Invoke(new CheckProgress(
                _workers.Sum(worker => worker.Evaluator.Generated), _seen.Size, _frontier.States, Volatile.Read(ref _depth),
                _clock.Elapsed));
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Explore(Worker worker)
    {
        // All workers stop after the same depth: the search may end while one of them has not yet begun a depth that another has finished.
        do
        {
            try
            {
                worker.ExploreDepth();
            }
            catch (Exception exception)
            {
                Fail(exception);
            }

            _endOfDepth.SignalAndWait();
        }
        while (!_isLastDepth);
    }

    private void EndDepth()
    {
        if (!_hasEnded && _frontier.Advance())
        {
            _depth++;
            return;
        }

        End(CheckOutcome.Holds);
        _isLastDepth = true;
    }

    private void Fail(Exception exception)
    {
        Interlocked.CompareExchange(ref _failure, exception, null);
        End(CheckOutcome.Stopped);
    }

    private void End(CheckOutcome outcome)
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _outcome = outcome;
                _hasEnded = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    // The violation is at a successor of the state, or the step to it; without a choice, at the state itself.
    private void Violate(string property, long number, int? choice)
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _violation = (property, number, choice);
                End(CheckOutcome.Violated);
            }
        }
    }

    // The set of fingerprints grows only while no worker explores.
    private void BeginExploring()
    {
        lock (_gate)
        {
            while (_seen.IsCrowded && !_hasEnded)
            {
                if (_exploring > 0)
                {
                    Monitor.Wait(_gate);
                }
                else if (Bytes + (2 * _seen.Bytes) > _options.MaxBytes)
                {
                    End(CheckOutcome.OutOfMemory);
                }
                else
                {
                    _seen.Grow();
                    Monitor.PulseAll(_gate);
                }
            }

            _exploring++;
        }
    }

    private void EndExploring()
    {
        lock (_gate)
        {
            _exploring--;
            Monitor.PulseAll(_gate);
            if (_stop.IsCancellationRequested)
            {
                End(CheckOutcome.Stopped);
            }
            else if (Bytes > _options.MaxBytes)
            {
                End(CheckOutcome.OutOfMemory);
            }
        }
    }

    /// <summary>The data of one thread.</summary>
    private sealed class Worker
    {
        private readonly BreadthFirst _search;
        private readonly Specification _specification;
        private readonly Predecessors.Writer _predecessors;
        private Batch _present;
        private Batch _last;
        private Frontier.Block _found;
        private int _added;

        public Worker(BreadthFirst search)
        {
            _search = search;
            _specification = search._specification;
            Evaluator = new PropertyEvaluator(_specification, search._options.Symmetry);
            _predecessors = new Predecessors.Writer(search._predecessors);
            _present = new Batch(_specification.Layout);
            _last = new Batch(_specification.Layout);
            _found = search._frontier.Rent();
        }

        public PropertyEvaluator Evaluator { get; }

        public void AddInitialStates()
        {
            _search.BeginExploring();
            _present.Begin(Predecessors.None);
            _specification.Init(_present.Steps);
            for (var i = 0; i < _present.Steps.Count; i++)
            {
                Evaluator.CountInitial();
                if (Evaluator.BrokenBy(_present.Steps[i]) is { } property)
                {
                    _search.Violate(property, Predecessors.None, i);
                }
                else if (_specification.IsWithinBounds(_present.Steps[i]))
                {
                    _present.Keep(i, Evaluator.FingerprintOf(_present.Steps[i]), mayBreakInvariants: false);
                }
            }

            AddNewStates(_present, initial: true);
            Report();
            HandOver();
            _search.EndExploring();
        }

        public void ExploreDepth()
        {
            while (!_search._hasEnded && _search._frontier.Take() is { } block)
            {
                _search.BeginExploring();
                for (var i = 0; i < block.Count && !_search._hasEnded; i++)
                {
                    if (i % _reportInterval == 0)
                    {
                        Report();
                    }

                    Expand(block[i], block.NumberOf(i));
                }

                AddNewStates(_last, initial: false);
                Report();
                _search.EndExploring();
                if (!_search._hasEnded)
                {
                    _search._frontier.Return(block);
                }
            }

            HandOver();
        }

        // Generates the successors of a state. Their fingerprints are looked up after the next state is expanded, when the prefetched
        // memory has arrived.
        private void Expand(State state, long number)
        {
            var steps = _present.Begin(number);
            _specification.Next(state, steps);
            if (steps.Count == 0 && _search._options.FindDeadlocks)
            {
                _search.Violate(CheckResult.Deadlock, number, choice: null);
            }

            for (var i = 0; i < steps.Count; i++)
            {
                var after = steps[i];
                Evaluator.CountStep(steps.ActionOf(i));
                var mayBreakInvariants = Evaluator.MayDiffer(state, after);
                if (Evaluator.BrokenBy(state, steps.ActionOf(i), after) is { } brokenStep)
                {
                    _search.Violate(brokenStep, number, i);
                }
                else if (_specification.IsWithinBounds(after))
                {
                    var fingerprint = Evaluator.FingerprintOf(after);
                    _search._seen.Prefetch(fingerprint);
                    _present.Keep(i, fingerprint, mayBreakInvariants);
                }
                else if (mayBreakInvariants && Evaluator.BrokenBy(after) is { } broken)
                {
                    _search.Violate(broken, number, i);
                }
            }

            AddNewStates(_last, initial: false);
            (_present, _last) = (_last, _present);
        }

        private void AddNewStates(Batch batch, bool initial)
        {
            for (var k = 0; k < batch.Kept && !_search._hasEnded; k++)
            {
                var (choice, fingerprint, mayBreakInvariants) = batch[k];
                if (!_search._seen.Add(fingerprint))
                {
                    continue;
                }

                var state = batch.Steps[choice];
                if (initial)
                {
                    Evaluator.CountNew();
                }
                else
                {
                    Evaluator.CountNew(batch.Steps.ActionOf(choice));
                }

                if (mayBreakInvariants && Evaluator.BrokenBy(state) is { } broken)
                {
                    _search.Violate(broken, batch.Parent, choice);
                }

                Evaluator.Note(state);
                _found.Add(state, _predecessors.Add(batch.Parent, choice));
                if (_found.IsFull)
                {
                    HandOver();
                }

                if (++_added == FingerprintSet.Leeway)
                {
                    Report();
                }
            }

            batch.Clear();
        }

        private void HandOver()
        {
            if (_found.Count > 0)
            {
                _search._frontier.Add(_found);
                _found = _search._frontier.Rent();
            }
        }

        private void Report()
        {
            _search._seen.Count(_added);
            _added = 0;
            if (_search._seen.IsCrowded)
            {
                _search.EndExploring();
                _search.BeginExploring();
            }
        }
    }

    /// <summary>The steps out of one state, and those whose fingerprints must still be looked up.</summary>
    private sealed class Batch(StateLayout layout)
    {
        private (int Choice, ulong Fingerprint, bool MayBreakInvariants)[] _kept = new (int, ulong, bool)[16];

        public Successors Steps { get; } = new(layout);

        public long Parent { get; private set; }

        public int Kept { get; private set; }

        public (int Choice, ulong Fingerprint, bool MayBreakInvariants) this[int index] => _kept[index];

        public Successors Begin(long parent)
        {
            Parent = parent;
            Steps.Clear();
            Kept = 0;
            return Steps;
        }

        public void Keep(int choice, ulong fingerprint, bool mayBreakInvariants)
        {
            if (Kept == _kept.Length)
            {
                Array.Resize(ref _kept, Kept * 2);
            }

            _kept[Kept++] = (choice, fingerprint, mayBreakInvariants);
        }

        public void Clear() => Kept = 0;
    }
}
