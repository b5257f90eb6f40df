namespace ModelChecking;

/// <summary>Checks a specification: explores its states, and holds each against what is claimed of it.</summary>
public static class Checker
{
    internal static TimeSpan ProgressInterval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Checks a specification.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="options">How; null: exhaustively, on all cores.</param>
    /// <param name="progress">Told every second how far it is; null: nobody is.</param>
    /// <param name="stop">Ends the check early; what it has found until then is reported.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option makes no sense.</exception>
    /// <exception cref="InvalidOperationException">
    /// The specification failed, as by setting a variable to what it cannot be, or <paramref name="progress"/> did; the inner exception
    /// says how.
    /// </exception>
    public static CheckResult Check(
        Specification specification, CheckOptions? options = null, Action<CheckProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(specification);
        options ??= new CheckOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Walks, 1);
        try
        {
            return options.Order switch
            {
                SearchOrder.DepthFirst => DepthFirst.Run(specification, options, progress, stop),
                SearchOrder.RandomWalk => RandomWalks.Run(specification, options, progress, stop),
                _ => BreadthFirst.Run(specification, options, progress, stop),
            };
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"The check of {specification.Name} failed: {failure.Message}", failure);
        }
    }

    /// <summary>Runs work on a thread for each worker, and reports progress now and then until all threads have ended.</summary>
    internal static void RunThreads<T>(T[] workers, Action<T> work, string specification, Action report)
    {
        var threads = Array.ConvertAll(
            workers, worker => new Thread(() => work(worker)) { IsBackground = true, Name = $"check {specification}" });
        foreach (var thread in threads)
        {
            thread.Start();
        }

        foreach (var thread in threads)
        {
            while (!thread.Join(ProgressInterval))
            {
                report();
            }
        }
    }
}
