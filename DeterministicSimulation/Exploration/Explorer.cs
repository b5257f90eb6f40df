using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace DeterministicSimulation;

/// <summary>
/// Runs many schedules of a workload, on several threads. Schedules are numbered. Each draws its choices from a seed of its own, and
/// belongs to a shard whose schedules run in order, so that the thread that runs it makes no difference. The exploration ends with the
/// first schedule, by number, that violates a property.
/// </summary>
public sealed class Explorer
{
    // After the end a batch may finish, so that as many schedules with the same seed are the same; then its schedule is cut off.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly object _gate = new();
    private readonly IWorkload _workload;
    private readonly SimulationOptions _simulation;
    private readonly ExplorationOptions _options;
    private readonly ulong _seed;
    private readonly StrategyShards _shards;

    // The next batch of each shard that no worker runs at the moment.
    private readonly PriorityQueue<StrategyShard, long> _idle = new();
    private readonly Stopwatch _clock = new();
    private readonly List<Batch> _done = [];
    private readonly CancellationToken _stop;
    private CancellationToken _cut;
    private long _schedules;
    private long _steps;
    private long _faults;
    private long _violatingBatch = long.MaxValue;

    private Explorer(IWorkload workload, ExplorationOptions options, CancellationToken stop)
    {
        _workload = workload;
        _simulation = SimulationOf(workload, options);
        _options = options;
        _stop = stop;
        _seed = SeedOf(workload.Name, options.Seed);
        _shards = new StrategyShards(options.Strategy);
        for (var batch = 0L; batch < _shards.Count && IsWanted(batch); batch++)
        {
            _idle.Enqueue(_shards.OfBatch(batch), batch);
        }
    }

    /// <summary>Explores a workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="options">How, and how much.</param>
    /// <param name="progress">Called now and then with how far it is; null: it is not reported.</param>
    /// <param name="stop">Ends the exploration early; what it has shown until then is reported.</param>
    public static ExplorationReport Explore(
        IWorkload workload, ExplorationOptions options, Action<ExplorationProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(workload);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Iterations is null && options.Time is null)
        {
            throw new ArgumentException("An exploration needs a number of schedules, or a time.", nameof(options));
        }

        return new Explorer(workload, options, stop).Run(progress);
    }

    /// <summary>The world that a workload runs in under these options.</summary>
    public static SimulationOptions SimulationOf(IWorkload workload, ExplorationOptions options) =>
        options.Servers is { } servers ? workload.Options with { Servers = servers } : workload.Options;

    /// <summary>The seed of a workload's exploration.</summary>
    public static ulong SeedOf(string workload, ulong seed) => workload.Aggregate(seed, (hash, letter) => Digest.Add(hash, (ulong)letter));

    /// <summary>The seed of one schedule of a workload's exploration.</summary>
    public static ulong SeedOf(ulong exploration, long schedule) => SplitMix64.Mix(exploration + (ulong)schedule);

    private ExplorationReport Run(Action<ExplorationProgress>? progress)
    {
        using var cut = new CancellationTokenSource();
        _cut = cut.Token;
        _clock.Start();
        var workers = Math.Clamp(_options.Workers, 1, _shards.Count);
        TimeSpan? over = null;
        Workers.Run(
            $"The exploration of {_workload.Name}",
            workers,
            RunBatches,
            () =>
            {
                progress?.Invoke(Progress());
                over ??= IsOver ? _clock.Elapsed : null;
                CutOff(cut, _clock.Elapsed - over);
            },
            stop: _stop);
        _clock.Stop();
        progress?.Invoke(Progress());
        MergeFinished(isOver: true);
        return Report();
    }

    private void RunBatches(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !IsOver && TakeBatch(out var shard, out var number))
        {
            var batch = RunBatch(shard, number);
            lock (_gate)
            {
                PutBack(shard, number);
                _done.Add(batch);
                if (batch.Violation is not null)
                {
                    _violatingBatch = Math.Min(_violatingBatch, number);
                }

                MergeFinished();
            }
        }
    }

    private bool IsOver => _stop.IsCancellationRequested || _clock.Elapsed >= _options.Time;

    private void CutOff(CancellationTokenSource cut, TimeSpan? over)
    {
        if (over >= _grace)
        {
            cut.Cancel();
        }

        if (over >= _grace + _patience)
        {
            throw new EndlessScheduleException(
                $"A schedule of {_workload.Name} does not end: it runs on without a step. The exploration has no result.");
        }
    }

    private bool IsWanted(long batch) => !(batch * StrategyShards.BatchSize >= _options.Iterations);

    // There are at most as many workers as shards, so that a worker never waits for a shard.
    private bool TakeBatch([MaybeNullWhen(false)] out StrategyShard shard, out long number)
    {
        lock (_gate)
        {
            return _idle.TryDequeue(out shard, out number) && number <= _violatingBatch;
        }
    }

    private void PutBack(StrategyShard shard, long batch)
    {
        var next = batch + _shards.Count;
        if (!shard.IsExhausted && IsWanted(next))
        {
            _idle.Enqueue(shard, next);
        }
    }

    private Batch RunBatch(StrategyShard shard, long number)
    {
        var batch = new Batch(number);
        var end = Math.Min((number + 1) * StrategyShards.BatchSize, _options.Iterations ?? long.MaxValue);
        for (var schedule = number * StrategyShards.BatchSize; schedule < end && batch.Violation is null && !shard.IsExhausted; schedule++)
        {
            ScheduleResult result;
            try
            {
                result = shard.Run(_workload, _simulation, SeedOf(_seed, schedule), _cut);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            batch.Add(schedule, result);
            Interlocked.Increment(ref _schedules);
            Interlocked.Add(ref _steps, result.Steps);
            Interlocked.Add(ref _faults, result.Faults.Total);
            if (result.Violation is not null)
            {
                batch.Violation = Trace.Of(
                    _workload, _simulation, _options.Strategy, _options.Seed, schedule, [.. shard.Choices.Made], result);
            }
        }

        return batch;
    }

    private Batch _merged = new(-1);

    // In the order of their numbers, so that the report does not depend on who was faster; what comes after a violation does not count.
    private void MergeFinished(bool isOver = false)
    {
        while (_done.Where(batch => isOver || batch.Number == _merged.Number + 1).MinBy(batch => batch.Number) is { } next)
        {
            _done.Remove(next);
            if (_merged.Violation is null)
            {
                next.AddBefore(_merged);
                _merged = next;
            }
            else
            {
                _merged.Number = next.Number;
            }
        }
    }

    private ExplorationReport Report() => new(
        _workload.Name,
        _merged.Schedules,
        _merged.Steps,
        _clock.Elapsed,
        Seen(shard => shard.States),
        _merged.Faults,
        _merged.Digest,
        _merged.Violation)
    {
        ModelSteps = _merged.ModelSteps,
        ModelStates = Seen(shard => shard.ModelStates),
        ModelCoverage = _merged.ModelCoverage.Counts,
    };

    private ExplorationProgress Progress() => new(
        _workload.Name,
        Volatile.Read(ref _schedules),
        Volatile.Read(ref _steps),
        _clock.Elapsed,
        Seen(shard => shard.States),
        Volatile.Read(ref _faults));

    private long Seen(Func<StrategyShard, StateCoverage> states)
    {
        var all = new StateCoverage();
        foreach (var shard in _shards.Begun)
        {
            all.Add(states(shard));
        }

        return all.Estimate;
    }

    /// <summary>Consecutive schedules, and what they showed.</summary>
    private sealed class Batch(long number)
    {
        public long Number { get; set; } = number;

        public long Schedules { get; private set; }

        public long Steps { get; private set; }

        public long ModelSteps { get; private set; }

        public ModelCounts ModelCoverage { get; } = new();

        public ulong Digest { get; private set; }

        public FaultCounts Faults { get; } = new();

        public Trace? Violation { get; set; }

        public void Add(long schedule, ScheduleResult result)
        {
            Schedules++;
            Steps += result.Steps;
            ModelSteps += result.ModelSteps;
            ModelCoverage.Add(result.ModelCoverage);
            Digest += DeterministicSimulation.Digest.Add(result.Digest, schedule);
            Faults.Add(result.Faults);
        }

        public void AddBefore(Batch earlier)
        {
            Schedules += earlier.Schedules;
            Steps += earlier.Steps;
            ModelSteps += earlier.ModelSteps;
            ModelCoverage.Add(earlier.ModelCoverage.Counts);
            Digest += earlier.Digest;
            Faults.Add(earlier.Faults);
        }
    }
}

/// <summary>A schedule runs for ever without a step. Only the end of the process ends it.</summary>
/// <param name="message">Of which workload.</param>
public sealed class EndlessScheduleException(string message) : Exception(message);
