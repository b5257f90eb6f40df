namespace ModelChecking;

/// <summary>Checks a specification: explores its states and checks its properties.</summary>
public static class Checker
{
    internal static TimeSpan ProgressInterval { get; } = TimeSpan.FromSeconds(1);

    /// <summary>Checks a specification.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="options">The options. By default, the search is exhaustive, on all cores.</param>
    /// <param name="progress">If given, called every second.</param>
    /// <param name="stop">Ends the check early. The result so far is returned.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The specification or <paramref name="progress"/> threw the inner exception, for example because a variable was set to a value
    /// outside its domain.
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
