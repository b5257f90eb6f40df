namespace DeterministicSimulation;

/// <summary>
/// The clock of one incarnation of a server, or of the workload. Its timers are operations.
/// </summary>
/// <param name="scheduler">Runs the timers as operations.</param>
/// <param name="context">The context that the timers belong to.</param>
/// <param name="rate">The speed of the clock relative to true time.</param>
public sealed class SimulatedClock(Scheduler scheduler, OperationContext context, double rate) : TimeProvider
{
    private static readonly DateTimeOffset _epoch = new(2014, 6, 19, 0, 0, 0, TimeSpan.Zero);

    private Scheduler Scheduler => scheduler;

    private OperationContext Context => context;

    private double Rate => rate;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <inheritdoc/>
    public override long GetTimestamp() => (long)(scheduler.Now * rate);

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => _epoch.AddTicks(GetTimestamp());

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        scheduler.EnsureControlled();
        var timer = new SimulatedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Whether an operation is a timer of a context.</summary>
    public static bool BelongsTo(Operation operation, OperationContext context) =>
        operation is SimulatedTimer timer && timer.BelongsTo(context);

    /// <summary>A timer, which is an operation while it is armed.</summary>
    private sealed class SimulatedTimer(SimulatedClock clock, TimerCallback callback, object? state) : Operation, ITimer
    {
        private bool _armed;
        private bool _disposed;
        private TimeSpan _period;

        public override OperationKind Kind => OperationKind.Timer;

        public override int Server => clock.Context.Server;

        public override OperationShape Shape => new(Kind, Server, What: callback.Method);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var scheduler = clock.Scheduler;
            scheduler.EnsureControlled();
            if (_disposed || clock.Context.Ended)
            {
                return false;
            }

            _period = period;
            var arm = dueTime >= TimeSpan.Zero;
            if (arm)
            {
                Rank = 0;
                Due = scheduler.Now + (long)(dueTime.Ticks / clock.Rate);
            }

            if (arm != _armed)
            {
                _armed = arm;
                if (arm)
                {
                    scheduler.AddTimer(this);
                }
                else
                {
                    scheduler.RemoveTimer(this);
                }
            }

            return true;
        }

        public void Dispose()
        {
            if (_armed)
            {
                clock.Scheduler.RemoveTimer(this);
                _armed = false;
            }

            _disposed = true;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        public bool BelongsTo(OperationContext context) => clock.Context == context;

        public override void Run()
        {
            _armed = false;
            if (clock.Context.Ended)
            {
                return;
            }

            clock.Context.Enter();
            if (_period > TimeSpan.Zero)
            {
                Change(_period, _period);
            }

            callback(state);
        }

        public override string What => Server > 0 ? NameOf(callback) : $"{clock.Context.Name}: {NameOf(callback)}";

        public override string ToString() => $"{clock.Context.Name}: {NameOf(callback)} runs out";

        // A callback whose name ends in Timer names its timer. For other callbacks, the name of the code is used.
        private static string NameOf(TimerCallback callback) =>
            callback.Method.Name is var name && name.EndsWith("Timer", StringComparison.Ordinal)
                ? $"the{string.Concat(name.Select(letter => char.IsUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"))}"
                : $"a timer ({AsyncCode.NameOf(callback)})";
    }
}
