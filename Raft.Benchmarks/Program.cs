using System.CommandLine;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Raft.Benchmarks;
using Raft.Benchmarks.Rates;

if (args is ["rates", ..])
{
    return await new RootCommand { RatesCommand.Create() }.Parse(args).InvokeAsync();
}

// In this process: the numbers are those of the program as it runs, with its own garbage collector's settings.
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(Job.Default
        .WithToolchain(InProcessEmitToolchain.Instance)
        .WithGcServer(false)
        .WithGcConcurrent(false)
        .WithWarmupCount(2)
        .WithIterationCount(7)
        .WithInvocationCount(1)
        .WithUnrollFactor(1))
    .HideColumns(Column.Error, Column.StdDev, Column.Gen0, Column.Gen1, Column.Gen2)
    .AddColumn(new RateColumn());
BenchmarkSwitcher.FromAssembly(typeof(ExplorationSpeed).Assembly).Run(args.Length > 0 ? args : ["--filter", "*"], config);
return 0;
