using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ModelChecking;

/// <summary>Breadth-first search on all workers, depth by depth. A worker takes a block of states at a time.</summary>
internal sealed partial class BreadthFirst : IDisposable
{
    // After how many explored states a worker reports how many fingerprints it added; sooner if it added many.
    private const int _reportInterval = 16;

    private readonly object _gate = new();
    private readonly Specification _specification;
    private readonly CheckOptions _options;
    private readonly FingerprintSet _seen;
    private readonly Predecessors _predecessors = new();
    private readonly Rows? _rows;
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
        _rows = options.Symmetry ? null : Rows.Of(specification, new Fingerprint(specification.Layout));
        _frontier = new Frontier(specification.Layout.Words, _rows?.Count ?? 0, options.Workers);
        _workers = [.. Enumerable.Range(0, options.Workers).Select(number => new Worker(this, number))];
        _endOfDepth = new Barrier(options.Workers, _ => EndDepth());
    }

    private long Bytes
    {
        get
        {
            var bytes = _seen.Bytes + _predecessors.Bytes + _frontier.Bytes;
            foreach (var worker in _workers)
            {
                bytes += worker.CacheBytes;
            }

            return bytes;
        }
    }

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
        _frontier.Dispose();
        Array.ForEach(_workers, worker => worker.Dispose());
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

        Array.ForEach(_workers, worker => worker.CountActions());
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
                else if (Bytes + _seen.Bytes > _options.MaxBytes)
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
}
